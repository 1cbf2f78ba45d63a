#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The compile worker as its users see it: exit statuses, one line of error, nothing left behind.
# usage: worker_test.sh COMPILE-WORKER WAT2WASM CORPUS-DIRECTORY
set -eu
worker=$1 wat2wasm=$2 corpus=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

fail() {
	echo "worker_test: $*" >&2
	exit 1
}

# expect STATUS ARGUMENT...: and one line on stderr, if it fails
expect() {
	wanted=$1
	shift
	status=0
	"$worker" "$@" 2>stderr || status=$?
	[ "$status" = "$wanted" ] || fail "$*: status $status, not $wanted: $(cat stderr)"
	lines=$(wc -l <stderr)
	[ "$wanted" = 0 ] || [ "$lines" = 1 ] || fail "$*: $lines lines on stderr: $(cat stderr)"
}

user="--kind=user --memory=gs --fs-offset=-4096"
"$wat2wasm" --enable-threads "$corpus/program.wat" -o program.wasm

expect 0 $user program.wasm -o one.so
expect 0 $user --jobs=2 program.wasm -o two.so
cmp one.so two.so || fail "the object depends on the number of processes"
expect 0 $user /dev/fd/3 -o three.so 3<program.wasm
cmp one.so three.so || fail "the object depends on the name of its input"
expect 0 $user --progress program.wasm -o four.so
grep -q '^progress [0-9]* [0-9]*$' stderr || fail "no progress"
expect 0 --kind=kernel --memory=kernel --fs-offset=-4096 program.wasm -o kernel.so

# What the machine relies on in the shared object.
readelf -Wr one.so | grep -q 'There are no relocations' || fail "it has relocations"
readelf -Wd one.so | grep -q NEEDED && fail "it needs other objects"
[ "$(readelf -W --dyn-syms one.so | grep -c wl_image)" = 1 ] || fail "wl_image is missing"
[ "$(readelf -W --dyn-syms one.so | grep -cE ' (GLOBAL|WEAK) ')" = 1 ] || fail "it exports more than wl_image"
readelf -Wl one.so | grep -q GNU_EH_FRAME || fail "it has no index for unwinding"

expect 64 program.wasm -o x.so
expect 64 $user program.wasm
expect 64 $user --jobs=0 program.wasm -o x.so
expect 64 $user --what program.wasm -o x.so
expect 65 $user missing.wasm -o x.so
expect 65 $user . -o x.so
echo '#!/bin/sh' >script
expect 65 $user script -o x.so
expect 65 $user "$worker" -o x.so
head -c 200 program.wasm >truncated.wasm
expect 65 $user truncated.wasm -o x.so
expect 70 $user program.wasm -o nowhere/x.so

ls | grep -vE '^(program|truncated)\.wasm$|^(one|two|three|four|kernel)\.so$|^(stderr|script)$' && fail "something is left"
exit 0
