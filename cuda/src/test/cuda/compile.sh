#!/bin/bash
# compile.sh [FOLDER]: compiles the kernels of the device's own tests to PTX in FOLDER, which is this one unless
# another is named. Only needed after a change of them: the PTX is committed, so that no test needs nvcc.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here}
for source in "$here"/*.cu; do
  name=$(basename "$source" .cu)
  arch=compute_75
  [ "$name" = tensor ] && arch=compute_80
  nvcc --ptx -O3 -arch=$arch "$source" -o "$out/$name.raw"
  # Drivers for CUDA 12 refuse the version that a newer nvcc stamps; nothing of what it adds is used.
  sed -e 's/^\.version .*/.version 8.0/' -e '/^\/\//d' "$out/$name.raw" >"$out/$name.ptx"
  rm "$out/$name.raw"
done
