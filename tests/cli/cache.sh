#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Native code is made once and kept.
source "$(dirname "$0")/common.sh"
export XDG_CACHE_HOME=$t/cache
module=$MODULES/mini_user.wasm

status 0 "$WASMLINUX" cache ls
grep -q '^0 programs' "$t/out" || fail 'the cache is not empty'
status 0 "$WASMLINUX" compile "$module"
status 0 "$WASMLINUX" cache ls
grep -q '^1 programs' "$t/out" || fail 'it has not been kept'
[ "$(stat -c %a "$t/cache/wasmlinux")" = 700 ] || fail 'others can look into the cache'
entry=$(echo "$t"/cache/wasmlinux/*.so)
made=$(stat -c %i "$entry")
status 0 "$WASMLINUX" compile "$module" -o "$t/code.so"
[ "$(stat -c %i "$entry")" = "$made" ] || fail 'it was made again'
cmp -n "$(stat -c %s "$t/code.so")" "$t/code.so" "$entry" || fail 'the file is not what is in the cache'

# Damage is noticed, told, and repaired.
printf X | dd of="$entry" bs=1 seek=1000 conv=notrunc status=none
status 0 "$WASMLINUX" compile "$module" -o "$t/again.so"
says 'damaged'
cmp "$t/code.so" "$t/again.so" || fail 'the repaired code is another'
status 0 "$WASMLINUX" compile "$module" -o "$t/again.so"
[ ! -s "$t/err" ] || fail 'it was not repaired'

# Another kind is other code.
status 0 "$WASMLINUX" compile --kind kernel "$MODULES/stream_kernel.wasm"
status 0 "$WASMLINUX" cache ls
grep -q '^2 programs' "$t/out" || fail 'two programs should be there'
status 0 "$WASMLINUX" cache clear
grep -q '^2 programs removed' "$t/out" || fail 'two programs should have been removed'
[ -z "$(ls -A "$t/cache/wasmlinux")" ] || fail 'something is left'

# For a product: a directory that everybody can read.
status 0 "$WASMLINUX" compile --cache-dir "$t/product/code" "$module"
[ "$(stat -c %a "$t"/product/code/*.so)" = 644 ] || fail 'only root could use it'

# Without a place to keep it.
status 0 env XDG_CACHE_HOME=/proc/nowhere "$WASMLINUX" compile "$module" -o "$t/code.so"
status 1 env XDG_CACHE_HOME=/proc/nowhere "$WASMLINUX" compile "$module"
says 'code cache'
status 1 "$WASMLINUX" compile "$module" -o "$t/no/such/directory/code.so"
says "can't be written"
status 1 "$WASMLINUX" compile "$t/nothing.wasm"
says 'nothing.wasm'

# Many at once.
"$WASMLINUX" cache clear > "$t/out"
pids=()
for _ in 1 2 3 4; do
  "$WASMLINUX" compile "$module" & pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || fail 'one of many failed'; done
status 0 "$WASMLINUX" cache ls
grep -q '^1 programs' "$t/out" || fail 'not one entry'
