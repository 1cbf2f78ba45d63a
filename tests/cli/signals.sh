#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Signals of the host end the guest: it is asked, and if it doesn't listen, not.
source "$(dirname "$0")/common.sh"
kernel stream_kernel
kernel spin_kernel

for pair in TERM:143 INT:130 QUIT:131 HUP:129; do
  background "$WASMLINUX" boot --kernel "$t/stream_kernel.so" --cmdline w
  kill -"${pair%:*}" "$pid"
  ended
  [ "$got" = "${pair#*:}" ] || fail "status $got after ${pair%:*}"
done

# Ignored signals stay ignored.
background nohup "$WASMLINUX" boot --kernel "$t/stream_kernel.so" --cmdline w
kill -HUP "$pid"
kill -TERM "$pid"
ended
[ "$got" = 143 ] || fail "status $got: HUP was not ignored"

# Who doesn't listen is ended 2 s later, or by the second signal.
for scene in 'stream_kernel i' 'spin_kernel x' 'spin_kernel deaf'; do
  # shellcheck disable=SC2086
  status 124 timeout 1 "$WASMLINUX" boot --kernel "$t/${scene% *}.so" --cmdline "${scene#* }"
done
background "$WASMLINUX" boot --kernel "$t/stream_kernel.so" --cmdline i
kill -HUP "$pid"
kill -TERM "$pid"
ended
[ "$got" = 129 ] || fail "status $got after two signals"
