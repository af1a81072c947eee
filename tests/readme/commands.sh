#!/usr/bin/env bash
# Runs every command that README.md shows in an `sh` block, in order, in a folder with one picture, and a folder of one.
#     commands.sh README.md PROGRAM PICTURE.png
set -euo pipefail
readme=$(realpath "$1")
program=$(realpath "$2")
picture=$(realpath "$3")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir bin
ln -s "$program" bin/backlight
PATH=$folder/bin:$PATH
cp "$picture" bread.png
mkdir photos
cp bread.png photos/0_1.png
awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$readme" >commands
[ "$(wc -l <commands)" -ge 6 ] || {
  echo "README.md shows hardly any commands: is its form still the one this script reads?" >&2
  exit 1
}
while IFS= read -r command; do
  echo "\$ $command"
  bash -euo pipefail -c "$command"
done <commands
for file in explained/report.html explained/result.json explained/bread.saliency.npy \
  explained/bread.smoothgrad.png notebook/report.html copy.safetensors; do
  [ -s "$file" ] || {
    echo "$file was not written" >&2
    exit 1
  }
done
