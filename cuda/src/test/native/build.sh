#!/bin/bash
# Builds the software CUDA device: libcuda.so.1 and libcublas.so.12, from the sources beside this script.
#
#   build.sh FOLDER
#
# makes FOLDER/<hash>/, where the hash is of the sources, the compiler and the processor, and prints that
# path. What is there already is not built again. Needs g++ 12 or newer, and nothing of CUDA.
set -euo pipefail

sources=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "${1:?usage: build.sh FOLDER}" && cd "$1" && pwd)
compiler=${CXX:-g++}

if ! command -v "$compiler" >/dev/null; then
  echo "The software CUDA device needs $compiler (g++ 12 or newer), which is not installed; or name one in CXX." >&2
  exit 2
fi

flags=(-std=c++20 -march=native -ffp-contract=off -fPIC -fvisibility=hidden -Wall -Wextra)
# What -march=native means differs from machine to machine, so its meaning is part of the key.
key=$( (cat "$sources"/*.cpp "$sources"/*.h "$sources"/names/*.txt "$sources"/build.sh
        "$compiler" --version; "$compiler" -march=native -Q --help=target 2>/dev/null) | sha256sum | cut -c1-16)
target=$out/$key
if [ -f "$target/libcublas.so.12" ]; then
  echo "$target"
  exit 0
fi

work=$(mktemp -d "$out/building.XXXXXX")
trap 'rm -rf "$work"' EXIT

# A function that the natives of JCuda name and this device has not got must not kill the JVM when it
# is called: each gets a weak stub that says its name and answers NOT_SUPPORTED.
stubs() { # LIST CODE
  echo 'extern "C" int espalierDeviceUnsupported(const char*);'
  while read -r name; do
    echo "extern \"C\" __attribute__((weak, visibility(\"default\"))) int $name() { espalierDeviceUnsupported(\"$name\"); return $2; }"
  done <"$1"
}
stubs "$sources/names/cuda.txt" 801 >"$work/stubs_cuda.cpp"
stubs "$sources/names/cublas.txt" 15 >"$work/stubs_cublas.cpp"

# What runs for every instruction, or for every number, is worth the compiler's time. The rest goes
# through it as one unit, so that the standard headers are read once and not twenty times.
hot=()
for source in "$sources"/*.cpp; do
  case $(basename "$source") in
    op_*.cpp | block.cpp | environment.cpp | lane_math.cpp | products.cpp | races.cpp | warp.cpp) hot+=("$source") ;;
    cublas.cpp) ;;
    *) echo "#include \"$source\"" >>"$work/driver_rest.cpp" ;;
  esac
done

compile() { # SOURCE
  local name level=-O1
  name=$(basename "$1" .cpp)
  case $name in
    stubs_*) level=-O0 ;;
    op_atomic | op_control | op_exchange | op_half | driver_rest | cublas) ;; # nothing to vectorise
    *) level=-O3 ;;
  esac
  "$compiler" "${flags[@]}" "$level" -I"$sources" -c "$1" -o "$work/$name.o"
}
export -f compile
export compiler sources work
export FLAGS="${flags[*]}"
# The longest one first.
printf '%s\n' "$work/driver_rest.cpp" "${hot[@]}" "$sources/cublas.cpp" "$work"/stubs_*.cpp |
  xargs -P "${JOBS:-2}" -I{} bash -c 'set -e; read -ra flags <<<"$FLAGS"; compile "{}"'

blas=(cublas.o products.o stubs_cublas.o)
driver=()
for object in "$work"/*.o; do
  case $(basename "$object") in
    cublas.o | products.o | stubs_cublas.o) ;;
    *) driver+=("$object") ;;
  esac
done

mkdir "$work/lib"
"$compiler" -shared -Wl,-soname,libcuda.so.1 -Wl,-z,defs -o "$work/lib/libcuda.so.1" "${driver[@]}"
# The real library's symbols carry this version, and the natives of JCuda ask for it.
echo 'libcublas.so.12 { global: cublas*; local: *; };' >"$work/cublas.map"
"$compiler" -shared -Wl,-soname,libcublas.so.12 -Wl,-z,defs -Wl,--version-script="$work/cublas.map" \
  -o "$work/lib/libcublas.so.12" "${blas[@]/#/$work/}" "$work/lane_math.o" -L"$work/lib" -l:libcuda.so.1

# What has not been built for a week is of sources that are gone.
find "$out" -mindepth 1 -maxdepth 1 -mtime +7 -exec rm -rf {} +

# Two builds at once both succeed, and one of them stays.
mv -T "$work/lib" "$target" 2>/dev/null || [ -f "$target/libcublas.so.12" ]
echo "$target"
