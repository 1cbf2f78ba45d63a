# SPDX-License-Identifier: Apache-2.0
# What the scenes here share. Environment: WASMLINUX, the command; MODULES, a directory of modules.
set -euo pipefail
t=$(mktemp -d "${TMPDIR:-/tmp}/wl-cli.XXXXXX")
trap 'rm -rf "$t"' EXIT

fail() {
  echo "$(basename "$0"): line ${BASH_LINENO[0]}: $*" >&2
  exit 1
}

# status N COMMAND...: leaves with status N; its output in $t/out, $t/err.
status() {
  local expected=$1 got=0
  shift
  "$@" > "$t/out" 2> "$t/err" || got=$?
  [ "$got" = "$expected" ] || {
    cat "$t/out" "$t/err" >&2
    echo "$(basename "$0"): line ${BASH_LINENO[0]}: status $got, not $expected: $*" >&2
    exit 1
  }
}

# says REGEX: the last command complained in one line that matches.
says() {
  [ "$(wc -l < "$t/err")" = 1 ] || { cat "$t/err" >&2; fail 'not one line on standard error'; }
  grep -qE -- "$1" "$t/err" || { cat "$t/err" >&2; fail "standard error doesn't match: $1"; }
}

# kernel NAME: native code of a kernel of tests/machine, in $t/NAME.so.
kernel() {
  "$WASMLINUX" compile --kind kernel "$MODULES/$1.wasm" -o "$t/$1.so"
}

# background COMMAND...: starts it, in $pid, and waits for its first line of output, in $line. It takes
# signals as an interactive shell's job does, not as a script's, which ignores two of them.
background() {
  rm -f "$t/pipe" && mkfifo "$t/pipe"
  (trap - INT QUIT; exec env --default-signal=INT,QUIT "$@") > "$t/pipe" 2> "$t/err" & pid=$!
  exec 3< "$t/pipe"
  read -t 20 -r line <&3 || fail "no output: $*"
}

# ended: waits for it; its exit status in $got.
ended() {
  got=0
  wait "$pid" || got=$?
  exec 3<&-
}
