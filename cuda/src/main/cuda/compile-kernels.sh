#!/bin/bash
# compile-kernels.sh FOLDER: compiles every .cu file beside this script to PTX in FOLDER.
#
# The output is the same to the byte for the same nvcc, so a test compares it with what is committed. compute_75 is the
# oldest architecture that is served; drivers compile PTX for newer ones themselves. Kernels in bfloat16 (*_bf16*.cu) need
# tensor cores of compute_80, and are loaded into such devices alone. The nvcc of CUDA 13 stamps PTX with a version that
# drivers of CUDA 12 refuse, though nothing in it is new: the stamp is set back. Products and sums are never contracted by
# the compiler: where a kernel wants a fused multiply-add, it says fmaf. Names of what is private to a file hold a hash of
# the folder in which the file lies, which is set to zero.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$1
mkdir -p "$out"
compile() {
  local name architecture=compute_75
  name=$(basename "$1" .cu)
  [[ $name == *_bf16* ]] && architecture=compute_80
  nvcc -ptx -arch=$architecture -O3 --fmad=false -std=c++17 "$1" -o "$2/$name.raw"
  sed -e 's/^\.version .*/.version 8.0/' -e '/^\/\//d' -e 's/\(_INTERNAL_\|_GLOBAL__N__\)[0-9a-f]\{8\}_/\100000000_/g' \
    "$2/$name.raw" > "$2/$name.ptx"
  rm "$2/$name.raw"
}
export -f compile
export SHELLOPTS
printf '%s\0' "$here"/*.cu | xargs -0 -P "$(nproc)" -I{} bash -c 'compile "$1" "$2"' _ {} "$out"
