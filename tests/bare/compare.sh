#!/usr/bin/env bash
# compare.sh FAILURES GOOGLETEST_PROGRAM BARE_PROGRAM [ARGUMENT...]: whether two programs of the
# same tests, one with GoogleTest and one with the small one of this folder, say the same of each
# test, at the same lines, and FAILURES of the tests fail.
set -euo pipefail

failures=$1 real=$2 bare=$3
shift 3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# What is said of tests, but for GoogleTest's times.
run() {
  local out=$1 status=0
  shift
  "$@" --gtest_list_tests | sed -E '/^Running main/d; s/ *# .*//' >"$out.list" 2>&1 || status=$?
  "$@" >"$out.log" 2>&1 || status=$?
  sed -E 's/,? ?\([0-9]+ ms( total)?\)//' "$out.log" |
    grep -E '^\[  ?(PASSED|FAILED|SKIPPED| +OK)|^\[ RUN|: (Failure|Skipped)$' >"$out.said" || true
  echo "exit status $status" >>"$out.said"
}
run "$folder/real" "$real" "$@"
run "$folder/bare" "$bare" "$@"

cat "$folder/real.list" "$folder/real.said" >"$folder/expected"
cat "$folder/bare.list" "$folder/bare.said" >"$folder/actual"
diff "$folder/expected" "$folder/actual" || {
  echo "The small GoogleTest of tests/bare says something else than GoogleTest: see the lines above"
  exit 1
}
passed=$(sed -nE 's/^\[  PASSED  \] ([0-9]+) tests?\.$/\1/p' "$folder/bare.said")
failed=$(sed -nE 's/^\[  FAILED  \] ([0-9]+) tests?, listed below:$/\1/p' "$folder/bare.said")
echo "Both: ${passed:-0} tests passed, ${failed:-0} failed"
[ "${passed:-0}" -gt 0 ] && [ "${failed:-0}" -eq "$failures" ]
