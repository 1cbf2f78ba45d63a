#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A kernel's death is told, with its last words, and has a status of its own.
source "$(dirname "$0")/common.sh"
kernel stream_kernel
kernel spin_kernel
status 125 "$WASMLINUX" boot --kernel "$t/stream_kernel.so" --cmdline o
grep -q '^Kernel panic - not syncing: no command$' "$t/out" || fail 'the console is not shown'
says "the guest's kernel panicked"

# `run` is quiet until then.
status 125 "$WASMLINUX" run --kernel "$t/stream_kernel.so" "$MODULES/mini_user.wasm"
[ ! -s "$t/out" ] || fail 'the console is on standard output'
grep -q '^Kernel panic - not syncing: no command$' "$t/err" || fail 'no last words'
grep -q 'a message from before' "$t/err" && fail 'more than the last words'
status 125 "$WASMLINUX" run --verbose --kernel "$t/stream_kernel.so" "$MODULES/mini_user.wasm"
[ "$(grep -c '^Kernel panic' "$t/err")" = 1 ] || fail 'the last words are not there once'
grep -q 'a message from before' "$t/err" || fail '--verbose hides messages'
