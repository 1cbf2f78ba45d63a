#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds what programs need and what the guest starts with, in the shape of the installed product:
#   BUILD/bin/wasmlinux-{cc,ld,ar,...}           compiler driver and tools
#   BUILD/libexec/wasmlinux/wasm-postlink
#   BUILD/share/wasmlinux/sysroot                C library, headers, compiler runtime
#   BUILD/share/wasmlinux/{init.wasm,initramfs.cpio,toolchain.cmake,meson.cross}
# usage: build.sh BUILD
# Environment: JOBS, WASMLINUX_BUILD_CACHE
set -euo pipefail
[ $# = 1 ] || { echo "usage: build.sh BUILD" >&2; exit 2; }
mkdir -p "$1"
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
cache=${WASMLINUX_BUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wasmlinux-build}
share=$build/share/wasmlinux
libexec=$build/libexec/wasmlinux
mkdir -p "$cache" "$build/bin" "$libexec" "$share"

# A name for the contents of these files and directories, and for the words after them.
key() {
  local path
  for path in "$@"; do
    if [ -e "$path" ]; then
      find "$path" -type f -print0 | sort -z | xargs -0 sha256sum | sed "s|$here||"
    else
      echo "$path"
    fi
  done | sha256sum | cut -c1-16
}

# Does what makes FILE unless it was made from the same things: made FILE KEY COMMAND...
made() {
  local file=$1 want=$2
  shift 2
  if [ -e "$file" ] && [ "$(cat "$build/.made/${file##*/}" 2> /dev/null)" = "$want" ]; then return; fi
  "$@"
  mkdir -p "$build/.made"
  echo "$want" > "$build/.made/${file##*/}"
}

scratch=$(mktemp -d "$cache/userland.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
clang_version=$(clang-19 --version | head -n 1)

# ---- Kernel headers ----
linux_tarball=${LINUX_SOURCE:-/usr/src/linux-source-6.12.tar.xz}
headers_key=$(key "$here/../kernel/arch/wasm/include/uapi" "$here/../kernel/arch/wasm/kernel/Makefile.syscalls" \
  "version $(stat -Lc %s-%Y "$linux_tarball")")
headers=$cache/linux-headers-$headers_key
if [ ! -d "$headers" ]; then
  echo "userland: the kernel's headers for programs"
  "$here/../kernel/build.sh" headers "$scratch/headers"
  mv -T "$scratch/headers" "$headers" 2> /dev/null || [ -d "$headers" ]
fi

# ---- C library ----
source=$("$here/fetch-source.sh" trixie musl "$cache/sources")
builtins=$(clang-19 -print-resource-dir)/lib/wasi/libclang_rt.builtins-wasm32.a
[ -r "$builtins" ] || { echo "userland: $builtins is missing: install libclang-rt-19-dev-wasm32" >&2; exit 1; }
musl_key=$(key "$here/musl" "$here/build-musl.sh" "$here/target.flags" "${source##*/} $clang_version")
musl=$cache/musl-$musl_key
if [ ! -d "$musl" ]; then
  echo "userland: C library from ${source##*/}"
  # Always at the same place, so that ccache knows the command lines.
  exec 8> "$cache/.musl-build.lock"
  flock 8
  "$here/build-musl.sh" "$source" "$scratch/sysroot" "$cache/musl-build"
  rm -rf "$cache/musl-build"
  exec 8>&-
  mv -T "$scratch/sysroot" "$musl" 2> /dev/null || [ -d "$musl" ]
fi

# What no build has used for a month goes.
touch "$musl" "$headers"
find "$cache" -maxdepth 1 \( -name 'musl-[0-9a-f]*' -o -name 'linux-headers-*' \) -mtime +30 -exec rm -rf {} +

# ---- Sysroot ----
sysroot_key=$(key "$musl_key $headers_key $(stat -Lc %s-%Y "$builtins")")
install_sysroot() {
  local sysroot=$share/sysroot.new
  rm -rf "$sysroot"
  mkdir -p "$sysroot"
  # musl's headers win where both have one (scsi/).
  cp -r "$headers/include" "$sysroot/"
  cp -r "$musl/." "$sysroot/"
  # Debian's has debug information with paths of its build.
  local objects=$scratch/builtins object
  mkdir -p "$objects/stripped"
  (cd "$objects" && llvm-ar-19 x "$builtins")
  for object in "$objects"/*.obj; do
    wasm-ld-19 -r --strip-debug "$object" -o "$objects/stripped/${object##*/}"
  done
  llvm-ar-19 rcsD "$sysroot/lib/libclang_rt.builtins.a" "$objects"/stripped/*
  rm -rf "$share/sysroot"
  mv "$sysroot" "$share/sysroot"
}
made "$share/sysroot" "$sysroot_key" install_sysroot

# ---- Tools ----
build_postlink() {
  local cxx=clang++-19
  command -v ccache > /dev/null && cxx="ccache $cxx"
  local object objects=()
  for file in "$here"/tools/postlink/*.cc; do
    object=$build/.made/${file##*/}.o
    mkdir -p "${object%/*}"
    $cxx -std=c++20 -O2 -Wall -Wextra -ffile-prefix-map="$here/=" -c "$file" -o "$object"
    objects+=("$object")
  done
  clang++-19 "${objects[@]}" -o "$libexec/wasm-postlink"
}
made "$libexec/wasm-postlink" "$(key "$here/tools/postlink" "$clang_version")" build_postlink

install_tools() {
  local name flags
  flags=$(grep -v '^#' "$here/target.flags" | tr '\n' ' ')
  sed "s/@TARGET_FLAGS@ /$flags/" "$here/tools/wasmlinux-cc" > "$build/bin/wasmlinux-cc"
  cp "$here"/tools/wasmlinux-{ld,pkg-config} "$build/bin/"
  for name in ar ranlib nm strip objdump objcopy strings size; do
    cp "$here/tools/wasmlinux-tool" "$build/bin/wasmlinux-$name"
  done
  chmod +x "$build"/bin/wasmlinux-{cc,ld,pkg-config}
  mkdir -p "$libexec/cc"
  cp "$here/tools/wasm-opt" "$libexec/cc/"
  cp "$here"/tools/{toolchain.cmake,meson.cross} "$share/"
}
made "$build/bin/wasmlinux-cc" "$(key "$here/tools" "$here/target.flags")" install_tools

# ---- Init and the initial file system ----
init_key=$(key "$here/init" "$here/tools" "$sysroot_key")
build_init() {
  "$build/bin/wasmlinux-cc" -Os -Wall -Wextra -Werror "$here/init/init.c" -o "$share/init.wasm"
}
made "$share/init.wasm" "$init_key" build_init
made "$share/initramfs.cpio" "$(key "$here/mkinitramfs.py" "$init_key")" \
  "$here/mkinitramfs.py" "$share/init.wasm" "$share/initramfs.cpio"
