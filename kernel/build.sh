#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the kernel: Debian's source of Linux 6.12 with kernel/arch/wasm laid over
# it. Sources and objects live in the build cache, outside the work tree.
set -euo pipefail

usage() {
	cat <<END
Usage: kernel/build.sh [OPTION]... [OUTPUT]        (OUTPUT: vmlinux.wasm)
       kernel/build.sh [OPTION]... headers DIRECTORY
       kernel/build.sh [OPTION]... menuconfig

  --config NAME     add kernel/configs/NAME.config to the default configuration
                    (may be given more than once; a path works too)
  --page-size N     4, 16 or 64 KiB (default 64)
  --verbose         show the compiler's command lines

menuconfig edits the configuration and keeps it for later builds with the same
options; "kernel/build.sh reset" goes back to the default.

Environment: JOBS, WASMLINUX_BUILD_CACHE
END
}

die() {
	echo "kernel/build.sh: $*" >&2
	exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
repo=$(dirname "$here")
tarball=${LINUX_SOURCE:-/usr/src/linux-source-6.12.tar.xz}
cache=${WASMLINUX_BUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wasmlinux-build}
jobs=${JOBS:-$(nproc)}

fragments=()
variant=default
page_size=64
verbose=
action=build
output=
while [ $# -gt 0 ]; do
	case $1 in
	--config)
		[ $# -ge 2 ] || die "--config needs a name"
		fragment=$2
		[ -f "$fragment" ] || fragment=$here/configs/$2.config
		[ -f "$fragment" ] || die "no configuration $2: there is no $fragment"
		fragments+=("$(realpath "$fragment")")
		variant=$variant-$(basename "$fragment" .config)
		shift
		;;
	--page-size)
		[ $# -ge 2 ] || die "--page-size needs a number"
		page_size=$2
		shift
		;;
	--verbose) verbose=1 ;;
	-h | --help) usage; exit ;;
	-*) die "unknown option $1 (see --help)" ;;
	headers | menuconfig | reset) action=$1 ;;
	*) output=$1 ;;
	esac
	shift
done
case $page_size in
4 | 16 | 64) ;;
*) die "page size $page_size: choose 4, 16 or 64" ;;
esac
[ "$page_size" = 64 ] || variant=$variant-${page_size}k
case $action in
build | headers) [ "$output" ] || { usage >&2; exit 2; } ;;
esac
[ -f "$tarball" ] || die "$tarball is missing: apt-get install linux-source-6.12"

# The pristine source, once for each version of the package. Looking into the
# archive takes seconds: what it said is kept.
mkdir -p "$cache"
stamp=$(stat -Lc %s-%Y "$tarball")
[ -s "$cache/version-$stamp" ] || {
	tar -xJOf "$tarball" --occurrence=1 linux-source-6.12/Makefile |
		sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\) = //p' | paste -sd. >"$cache/version-$stamp"
}
version=$(cat "$cache/version-$stamp")
pristine=$cache/linux-$version-$(echo "$stamp" | sha256sum | cut -c1-8)
if [ ! -f "$pristine/.complete" ]; then
	echo "kernel: unpacking Linux $version"
	temporary=$(mktemp -d "$cache/linux-XXXXXX")
	tar -xJf "$tarball" -C "$temporary" --strip-components=1
	touch "$temporary/.complete"
	mv -T "$temporary" "$pristine" 2>/dev/null || rm -rf "$temporary"
	[ -f "$pristine/.complete" ] || die "could not unpack into $pristine"
fi

# This work tree's view of it: links, and our architecture beside the others.
view=$cache/kernel-$(echo "$repo $pristine" | sha256sum | cut -c1-12)
mkdir -p "$view/arch"
exec 9>"$view/.lock"
flock 9
ln -sfn "$repo" "$view/.repository"
for entry in "$pristine"/*; do
	[ "${entry##*/}" = arch ] || ln -sfn "$entry" "$view/"
done
for entry in "$pristine"/arch/*; do
	ln -sfn "$entry" "$view/arch/"
done
overlay=$view/arch/wasm
# Only what differs is copied, so that an unchanged file keeps its time.
mkdir -p "$overlay"
sync_overlay() {
	local file
	(cd "$here/arch/wasm" && find . -type f -o -type l) | while read -r file; do
		cmp -s "$here/arch/wasm/$file" "$overlay/$file" || {
			mkdir -p "$(dirname "$overlay/$file")"
			cp "$here/arch/wasm/$file" "$overlay/$file"
		}
	done
	(cd "$overlay" && find . -type f) | while read -r file; do
		[ -e "$here/arch/wasm/$file" ] || [ "$file" = ./include/asm/machine-abi.h ] ||
			rm "$overlay/$file"
	done
	cmp -s "$repo/abi/machine.h" "$overlay/include/asm/machine-abi.h" ||
		cp "$repo/abi/machine.h" "$overlay/include/asm/machine-abi.h"
}
sync_overlay
flock -u 9

[ $action != headers ] || variant=headers
objects=$view/out-$variant
mkdir -p "$objects"
exec 8>"$objects/.lock"
flock 8
export CCACHE_DIR=${CCACHE_DIR:-$cache/ccache} CCACHE_BASEDIR=${CCACHE_BASEDIR:-$cache} CCACHE_NOHASHDIR=1
export KBUILD_BUILD_USER=wasmlinux KBUILD_BUILD_HOST=wasmlinux
KBUILD_BUILD_TIMESTAMP=$(LC_ALL=C date -u -d "@$(stat -Lc %Y "$pristine/Makefile")")
export KBUILD_BUILD_TIMESTAMP KBUILD_BUILD_VERSION=1

kbuild() {
	make --no-print-directory -C "$view" O="$objects" ARCH=wasm \
		CLANG_TARGET_FLAGS_wasm=wasm32-unknown-unknown LLVM=1 \
		CC="$here/tools/clang" LD="$here/tools/ld" AR=llvm-ar-19 NM=llvm-nm-19 \
		STRIP=llvm-strip-19 OBJCOPY=llvm-objcopy-19 OBJDUMP=llvm-objdump-19 \
		READELF=llvm-readelf-19 HOSTCC=clang-19 HOSTCXX=clang++-19 ${verbose:+V=1} "$@"
}

# Runs a step with its output in a log, of which an error shows the end.
quietly() {
	local log=$objects/$1.log
	shift
	if [ "$verbose" ]; then
		"$@"
		return
	fi
	if ! "$@" >"$log" 2>&1; then
		grep -n -i -A6 'error' "$log" | head -40 >&2 || tail -20 "$log" >&2
		die "failed, see $log"
	fi
}

configure() {
	local wanted=$objects/.wanted
	cat "$here/arch/wasm/configs/defconfig" "${fragments[@]}" >"$wanted.new"
	echo "CONFIG_PAGE_SIZE_${page_size}KB=y" >>"$wanted.new"
	cat "$overlay/Kconfig" >>"$wanted.new"
	if [ -f "$objects/.config" ] && cmp -s "$wanted" "$wanted.new"; then
		rm "$wanted.new"
		return
	fi
	grep -v '^CONFIG_PAGE_SIZE_' "$here/arch/wasm/configs/defconfig" >"$objects/.config"
	[ ${#fragments[@]} -eq 0 ] || cat "${fragments[@]}" >>"$objects/.config"
	echo "CONFIG_PAGE_SIZE_${page_size}KB=y" >>"$objects/.config"
	quietly config kbuild olddefconfig
	for fragment in "${fragments[@]}"; do
		sed -n 's/^\(CONFIG_[A-Z0-9_]*=y\)$/\1/p' "$fragment" | while read -r wish; do
			grep -qx "$wish" "$objects/.config" ||
				echo "kernel: $(basename "$fragment"): $wish can't be" >&2
		done
	done
	mv "$wanted.new" "$wanted"
}

case $action in
reset)
	rm -f "$objects/.config" "$objects/.wanted"
	;;
menuconfig)
	configure
	kbuild menuconfig
	;;
headers)
	quietly headers kbuild headers_install INSTALL_HDR_PATH="$(realpath -m "$output")"
	;;
build)
	configure
	echo "kernel: building Linux $version ($variant)"
	start=$SECONDS
	quietly build kbuild -j"$jobs" vmlinux.wasm
	mkdir -p "$(dirname "$output")"
	cmp -s "$objects/vmlinux.wasm" "$output" || {
		cp "$objects/vmlinux.wasm" "$output.new"
		mv "$output.new" "$output"
	}
	echo "kernel: $output ($(($(stat -c %s "$output") / 1024)) KiB, $((SECONDS - start)) s)"
	;;
esac
