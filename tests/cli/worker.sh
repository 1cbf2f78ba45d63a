#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A compiler that fails costs one line, and leaves nothing behind.
source "$(dirname "$0")/common.sh"
export XDG_CACHE_HOME=$t/cache
mkdir -p "$t/bin" "$t/libexec/wasmlinux"
cp "$WASMLINUX" "$t/bin/wasmlinux"
worker=$t/libexec/wasmlinux/compile-worker
module=$MODULES/mini_user.wasm
try=("$t/bin/wasmlinux" compile "$module")

status 1 "${try[@]}"; says 'no compiler at'
fake() { printf '#!/bin/sh\n%s\n' "$1" > "$worker"; chmod +x "$worker"; }
fake 'kill -SEGV $$';                       status 1 "${try[@]}"; says 'mini_user.wasm: the compiler died: Segmentation fault'
fake 'echo "function 7: bad" >&2; exit 65'; status 1 "${try[@]}"; says 'mini_user.wasm: function 7: bad'
fake 'echo "too large" >&2; exit 75';       status 1 "${try[@]}"; says 'too much for the compiler: too large'
fake 'exit 0';                              status 1 "${try[@]}"; says 'made nothing'
# shellcheck disable=SC2016
fake 'while [ $# -gt 1 ]; do [ "$1" = -o ] && echo junk > "$2"; shift; done'
status 1 "${try[@]}"; says 'not a shared object'

# Killed with -9 in the middle, as the host's out-of-memory killer would.
fake "echo \$\$ > $t/pid; exec sleep 1000"
mkfifo "$t/pid"
"${try[@]}" 2> "$t/err" & command=$!
read -r pid < "$t/pid"
kill -9 "$pid"
wait "$command" && fail 'success without a compiler'
says 'the compiler died: Killed'
[ ! -e "$t/cache/wasmlinux" ] || [ -z "$(ls -A "$t/cache/wasmlinux")" ] || fail 'something was cached'
