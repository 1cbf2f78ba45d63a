#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `wasmlinux run`: a program finds what it was given, and its result comes back.
source "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$t"
for program in show copy busy; do
  "$WASMLINUX_CC" -O2 "$here/programs/$program.c" -o "$program.wasm"
  "$WASMLINUX" compile "$program.wasm"  # now: a slow compiler would say so on standard error
done
line() { grep -qxF -- "$1" "$t/out" || { cat "$t/out" >&2; fail "no line '$1'"; }; }
no_line() { if grep -qF -- "$1" "$t/out"; then fail "a line with '$1'"; fi; }

# Arguments, status, standard error apart.
status 42 "$WASMLINUX" run ./show.wasm a 'b c' '' --ram --
for argument in ./show.wasm a 'b c' '' --ram --; do line "argument [$argument]"; done
line 'directory [/root]'
line 'terminals 000'
[ "$(cat "$t/err")" = 'an error' ] || fail 'standard error is not what was written there'
status 42 "$WASMLINUX" run show
line 'argument [show]'

# The environment is the guest's own, and what was asked for.
export GIVEN=host HIDDEN=host
printf '# comment\n\nFILE=from a file\nGIVEN\n' > variables
status 42 "$WASMLINUX" run --env-file variables --env A=b=c --env FILE=over --env MISSING show
line 'variable [GIVEN=host]'
line 'variable [A=b=c]'
line 'variable [FILE=over]'
line 'variable [HOME=/root]'
no_line HIDDEN
no_line MISSING

# Directory and files.
mkdir -p tree/below
echo one > tree/file
echo two > tree/below/file
ln -s below/file tree/link
status 42 "$WASMLINUX" run --workdir /data/deep show
line 'directory [/data/deep]'
status 0 "$WASMLINUX" run --file tree:/srv/tree --file tree/file:/etc/other \
  --file tree/file:/tmp/new/file --file tree/link:/run/file copy \
  /srv/tree/file /srv/tree/link /etc/other /tmp/new/file /run/file
[ "$(cat "$t/out")" = $'one\ntwo\none\none\ntwo' ] || fail 'files are not what they were'
status 125 "$WASMLINUX" run --file nothing:/x copy; says 'nothing: no such file'
status 125 "$WASMLINUX" run --file tree/file:/../x copy; says "'..'"

# Streams.
[ "$(echo hi | "$WASMLINUX" run copy)" = hi ] || fail 'hi is not hi'
head -c 10485760 /dev/urandom > random
"$WASMLINUX" run copy < random | cmp - random || fail 'random bytes have changed'

# Time limits and signals end a program that doesn't end by itself.
status 124 timeout 2 "$WASMLINUX" run busy
for pair in INT:130 TERM:143; do
  background "$WASMLINUX" run busy
  [ "$line" = busy ] || fail "'$line' instead of busy"
  kill -"${pair%:*}" "$pid"
  ended
  [ "$got" = "${pair#*:}" ] || fail "status $got after ${pair%:*}"
done

# A compiler that fails costs the program, not the machine.
mkdir -p bin libexec/wasmlinux share
cp "$WASMLINUX" bin/wasmlinux
ln -s "$(dirname "$(dirname "$WASMLINUX")")/share/wasmlinux" share/wasmlinux
cat > libexec/wasmlinux/compile-worker << WORKER
#!/bin/sh
if grep -q hopeless /proc/self/fd/3; then kill -SEGV \$\$; fi
exec $(dirname "$(dirname "$WASMLINUX")")/libexec/wasmlinux/compile-worker "\$@"
WORKER
chmod +x libexec/wasmlinux/compile-worker
cp show.wasm other.wasm
printf '\0\12\1xhopeless' >> other.wasm  # a custom section: other bytes, the same program
status 126 bin/wasmlinux run other
grep -q 'other.wasm: the compiler died: Segmentation fault' "$t/err" || { cat "$t/err" >&2; fail 'why?'; }

# A module that is no program of ours says so.
echo '(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) (memory 1)
  (func (export "_start") i32.const 0 call 0))' > wasi.wat
echo '(module (memory 1) (func (export "main")))' > library.wat
wat2wasm wasi.wat
wat2wasm library.wat
status 126 "$WASMLINUX" run wasi
grep -q 'wasi.wasm imports wasi_snapshot_preview1.proc_exit' "$t/err" || fail 'what it imports is not told'
status 126 "$WASMLINUX" run library
grep -q 'library.wasm has no _start' "$t/err" || fail 'what is missing is not told'
