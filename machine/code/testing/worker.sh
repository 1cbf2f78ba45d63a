#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A compile worker for tests: the "module" says what it does.
while [ $# -gt 1 ]; do
  if [ "$1" = -o ]; then out=$2; fi
  shift
done
read -r what rest < /proc/self/fd/3
[ -z "$WL_TEST_LOG" ] || echo "$what $$" >> "$WL_TEST_LOG"
: > "$TMPDIR/left.behind"

case $what in
ok) cp "$WL_TEST_IMAGE" "$out" ;;
bad) echo "compile-worker: bad module: $rest" >&2; exit 65 ;;
limit) echo 'a function is too large' >&2; exit 75 ;;
crash) kill -SEGV $$ ;;
hang) exec sleep 1000 ;;
family) sleep 1000 & echo "child $!" >> "$WL_TEST_LOG"; cp "$WL_TEST_IMAGE" "$out" ;;
spin) while :; do :; done ;;
large) exec truncate -s 2G "$out" ;;
memory) exec tail /dev/zero ;;
garbage) echo 'no code at all' > "$out" ;;
nothing) ;;
noisy) yes "$(printf 'noise\033[31m')" | head -c 300000 >&2; exit 70 ;;
files) ls /proc/self/fd > "$WL_TEST_LOG"; cp "$WL_TEST_IMAGE" "$out" ;;
slow) echo 'progress 1 4' >&2; sleep 1.3; cp "$WL_TEST_IMAGE" "$out" ;;
*) echo "no such test: $what" >&2; exit 64 ;;
esac
