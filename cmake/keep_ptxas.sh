#!/bin/sh
# keep_ptxas.sh COMPILER ARGUMENT...: compiles, and keeps what ptxas reports of each kernel
# (-Xptxas -v) in OBJECT.ptxas, beside the object file, instead of on the screen.
object=
previous=
for argument; do
  if [ "$previous" = -o ]; then object=$argument; fi
  previous=$argument
done
"$@" 2>"$object.ptxas"
status=$?
report='^ptxas info +: (Compiling|Function|Used|Compile|[0-9]+ bytes)|bytes spill stores'
grep -Ev "$report" "$object.ptxas" >&2
exit $status
