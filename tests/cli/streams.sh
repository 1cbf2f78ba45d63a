#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Standard input, output and error as byte streams.
source "$(dirname "$0")/common.sh"
kernel stream_kernel
cat=("$WASMLINUX" boot --kernel "$t/stream_kernel.so" --cmdline c)  # leaves with 7

[ "$(echo hi | "${cat[@]}" || [ $? = 7 ])" = hi ] || fail 'hi is not hi'
head -c 10485760 /dev/urandom > "$t/random"
status 7 "${cat[@]}" < "$t/random"
cmp "$t/random" "$t/out" || fail 'a file has changed on its way'
(cat "$t/random" | "${cat[@]}" || [ $? = 7 ]) | cmp - "$t/random" || fail 'a pipe has changed'
status 7 "${cat[@]}" < /dev/null
[ ! -s "$t/out" ] || fail 'something from nothing'
status 9 "${cat[@]}" <&-                                # EBADF
status 28 eval '"${cat[@]}" < "$t/random" > /dev/full'  # ENOSPC
if yes | "${cat[@]}" | head -n 1 > "$t/out"; then fail 'success without a reader'; fi
[ "$(cat "$t/out")" = y ] || fail 'not y'

# A slow reader loses nothing.
(cat "$t/random" | "${cat[@]}" || [ $? = 7 ]) | (exec 3<&0; head -c 100 <&3; tail -c +1 <&3) | cmp - "$t/random" ||
  fail 'a slow reader has got less'
