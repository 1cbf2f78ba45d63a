#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The command explains itself, and says what it does not understand.
source "$(dirname "$0")/common.sh"

status 0 "$WASMLINUX" --version
grep -qE '^wasmlinux [0-9]+\.[0-9]+\.[0-9]+$' "$t/out" || fail 'no version'
for command in '' run boot compile cache 'cache ls' 'cache clear'; do
  # shellcheck disable=SC2086
  status 0 "$WASMLINUX" $command --help
  grep -q '^Usage: ' "$t/out" || fail "no usage of '$command'"
done
status 0 "$WASMLINUX" run --help
for option in ram cmdline strace trace env env-file workdir file tty no-tty verbose; do
  grep -q -- "--$option" "$t/out" || fail "run --help doesn't name --$option"
done
status 125 "$WASMLINUX";            says 'see wasmlinux --help'
status 125 "$WASMLINUX" nonsense;   says 'no command nonsense'
status 125 "$WASMLINUX" --nonsense; says 'nonsense'
status 1 "$WASMLINUX" compile;      says 'FILE is required'
status 1 "$WASMLINUX" cache;        says 'wasmlinux cache --help'
