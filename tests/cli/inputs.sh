#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What can't be run costs one line that says what to do, before anything is started.
source "$(dirname "$0")/common.sh"
cd "$t"

status 127 "$WASMLINUX" run ./nothing.wasm;  says 'nothing.wasm: No such file'
status 127 "$WASMLINUX" run nothing;         says 'nothing: not found'
status 127 "$WASMLINUX" run -- nothing -x;   says 'nothing: not found'
status 126 "$WASMLINUX" run /etc;            says 'is a directory'
status 126 "$WASMLINUX" run /bin/sh;         says 'ELF.*wasmlinux-cc'
echo 'int main() {}' > main.c
status 126 "$WASMLINUX" run ./main.c;        says 'text file.*wasmlinux-cc'
printf '#!/bin/sh\n' > script
status 126 "$WASMLINUX" run ./script;        says 'script'
: > empty
status 126 "$WASMLINUX" run ./empty;         says 'empty'
size=$(stat -c %s "$MODULES/mini_user.wasm")
for cut in 3 7 9 100 $((size / 2)) $((size - 1)); do
  head -c "$cut" "$MODULES/mini_user.wasm" > cut.wasm
  status 126 "$WASMLINUX" run ./cut.wasm;    says 'truncated'
done
head -c 100 /dev/zero > zero
status 126 "$WASMLINUX" run ./zero;          says 'not a WebAssembly module'
if [ "$(id -u)" != 0 ]; then
  cp "$MODULES/mini_user.wasm" secret.wasm && chmod 0 secret.wasm
  status 126 "$WASMLINUX" run ./secret.wasm; says 'Permission denied'
fi

cp "$MODULES/mini_user.wasm" p.wasm
for ram in 0 1M 31M 4G 100T lots -5M ''; do
  status 125 "$WASMLINUX" run --ram "$ram" ./p.wasm; says '--ram'
done
status 125 "$WASMLINUX" run --kernel "$t/nokernel" ./p.wasm;  says 'nokernel'
status 125 "$WASMLINUX" run --kernel /bin/sh ./p.wasm
status 125 "$WASMLINUX" run --trace=nonsense ./p.wasm;        says 'nonsense'
status 125 "$WASMLINUX" run --tty ./p.wasm;                   says '--tty'
status 125 "$WASMLINUX" run --unknown ./p.wasm;               says '--unknown'
status 125 "$WASMLINUX" run;                                  says 'no program'
kernel stream_kernel
run=("$WASMLINUX" run --kernel "$t/stream_kernel.so")
status 125 "${run[@]}" --env =x ./p.wasm;             says 'environment'
status 125 "${run[@]}" --env-file nofile ./p.wasm;    says 'nofile'
status 125 "${run[@]}" --workdir relative ./p.wasm;   says 'absolute'
status 125 "${run[@]}" --file p.wasm:relative ./p.wasm; says 'absolute'
