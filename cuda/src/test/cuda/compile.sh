#!/bin/bash
# Compiles the kernels of the device's own tests to the PTX beside them. Only needed after a change of them.
set -euo pipefail
cd "$(dirname "$0")"
for source in *.cu; do
  arch=compute_75
  [ "$source" = tensor.cu ] && arch=compute_80
  nvcc --ptx -O3 -arch=$arch "$source" -o "${source%.cu}.ptx"
  # Drivers for CUDA 12 refuse the version that a newer nvcc stamps; nothing of what it adds is used.
  sed -i 's/^\.version .*/.version 8.0/; /^\/\/ Compiler Build ID/d; /^\/\/ Cuda compilation tools/d' "${source%.cu}.ptx"
done
