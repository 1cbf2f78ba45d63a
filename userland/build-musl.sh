#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the C library: musl's source, the overlay in musl/, nothing patched.
# usage: build-musl.sh SOURCE SYSROOT SCRATCH
set -euo pipefail
source=$1 sysroot=$2 scratch=$3
here=$(cd "$(dirname "$0")" && pwd)

# musl lets src/DIR/ARCH/FILE replace src/DIR/FILE, so a port is new files only. Where a header
# describes the kernel's generic ABI for 32-bit machines with 64-bit time, it is riscv32's.
rm -rf "$scratch" && mkdir -p "$scratch"
tree=$scratch/tree
cp -a "$source" "$tree"
mkdir -p "$tree/arch/wasm32/bits"
for header in float ipcstat msg posix reg sem shm stat stdint; do
  cp "$tree/arch/riscv32/bits/$header.h" "$tree/arch/wasm32/bits/"
done
sed '/riscv/d' "$tree/arch/riscv32/bits/syscall.h.in" > "$tree/arch/wasm32/bits/syscall.h.in"
cp -r "$here/musl/." "$tree/"

cc=clang-19
command -v ccache > /dev/null && cc="ccache $cc"
cat > "$tree/config.mak" <<END
ARCH = wasm32
CC = $cc $(grep -v '^#' "$here/target.flags" | tr '\n' ' ')
AR = llvm-ar-19
RANLIB = llvm-ranlib-19
prefix =
libdir = /lib
includedir = /include
CFLAGS_AUTO = -O2 -include arch/wasm32/va_start.h -ffile-prefix-map=$tree/= -fno-math-errno -fno-strict-aliasing \\
  -ffunction-sections -fdata-sections -Wno-everything \\
  -Werror=implicit-function-declaration -Werror=implicit-int -Werror=pointer-sign -Werror=pointer-arith
SHARED_LIBS =
TOOL_LIBS =
CRT_LIBS = lib/crt1.o lib/crti.o lib/crtn.o
ALL_TOOLS =
END
make -s -C "$tree" -j "${JOBS:-2}" all
make -s -C "$tree" DESTDIR="$sysroot" install-libs install-headers
