#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The scripts that nothing else tests: the step runner, the repository check, the benchmarks' tables.
set -uo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failures=0

expect() {  # expect WHAT WANTED GOT
  [ "$2" = "$3" ] && return
  printf 'scripts_test: %s: expected\n%s\ngot\n%s\n' "$1" "$2" "$3"
  failures=$((failures + 1))
}
expect_line() {  # expect_line WHAT PATTERN TEXT
  grep -qE -- "$2" <<< "$3" && return
  printf 'scripts_test: %s: no line like\n%s\nin\n%s\n' "$1" "$2" "$3"
  failures=$((failures + 1))
}

# A step passes on the status of its command, shows the end of its log, and nothing else of it.
said=$("$top/scripts/step" "$dir/log/a.log" title sh -c 'echo first; echo last; exit 3' 2>&1)
expect 'status of a failed step' 3 $?
expect_line 'a failed step' '^title: failed' "$said"
expect_line 'the end of the log' '^  last$' "$said"
said=$("$top/scripts/step" "$dir/log/a.log" title sh -c 'echo quiet' 2>&1)
expect 'status of a good step' 0 $?
expect 'lines of a good step' 1 "$(wc -l <<< "$said")"
expect 'its log' quiet "$(cat "$dir/log/a.log")"
"$top/scripts/step" "$dir/log/a.log" title sh -c 'kill -9 $$' > /dev/null 2>&1
expect 'status of a killed step' 137 $?

# The repository check finds each kind of violation, and nothing in a good tree.
git init -q "$dir/tree"
(
  cd "$dir/tree" || exit 1
  printf '# SPDX-License-Identifier: Apache-2.0\necho hi\n' > good.sh
  printf '<!-- SPDX-License-Identifier: Apache-2.0 -->\nSee [it](good.sh).\n' > good.md
  git add .
)
"$top/tests/repo_check.sh" "$dir/tree" > /dev/null
expect 'status of a good tree' 0 $?
(
  cd "$dir/tree" || exit 1
  mkdir -p kernel/arch scripts
  echo 'int x;' > unlicensed.c
  printf '// SPDX-License-Identifier: Apache-2.0\n' > kernel/arch/wrong.c
  printf '// SPDX-License-Identifier: Apache-2.0\n// TO''DO later\n' > later.c
  printf '// SPDX-License-Identifier: Apache-2.0\n// see /ho''me/somebody\n' > path.c
  # shellcheck disable=SC2016 # a Markdown code span
  printf '<!-- SPDX-License-Identifier: Apache-2.0 -->\n[gone](nowhere.md) `docs/gone.md`\n' > bad.md
  printf '#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n' > scripts/not-executable
  { printf '# SPDX-License-Identifier: Apache-2.0\n'; head -c 1100000 /dev/zero | tr '\0' a; } > big.txt
  { printf '# SPDX-License-Identifier: Apache-2.0\n'; printf '\0\1\2'; } > binary.bin
  git add .
)
said=$("$top/tests/repo_check.sh" "$dir/tree")
expect 'status of a bad tree' 1 $?
for wanted in '^repo_check: unlicensed.c: no SPDX' '^repo_check: kernel/arch/wrong.c: kernel code is GPL' \
  'later.c:2:.*: unfinished' 'path.c:2:.*: a path' 'bad.md: nowhere.md: a link' 'bad.md: docs/gone.md: a file' \
  'scripts/not-executable: a script without' 'big.txt: more than 1 MB' 'binary.bin: binary'; do
  expect_line 'a planted violation' "$wanted" "$said"
done
expect 'number of planted violations' 'repo_check: 9 violations' "$(tail -n 1 <<< "$said")"

# Tables: ratios point the right way, the mean is that of seconds, a missed target is said.
printf 'a\t100\tns\nb\t1\ts\t00aa\nc\t2\ts\nrate\t10\tMiB/s\n' > "$dir/first.tsv"
printf 'a\t150\tns\nb\t2\ts\t00ab\nc\t16\ts\nrate\t5\tMiB/s\n' > "$dir/second.tsv"
printf 'a\t120\tns\ngeomean\t5\tratio\nmissing\t1\tms\n' > "$dir/targets.tsv"
said=$("$top/bench/compare.py" --targets "$dir/targets.tsv" "$dir/first.tsv" "$dir/second.tsv")
expect_line 'a ratio' '^a .*150 x1.5$' "$said"
expect_line 'the ratio of a rate' '^rate .*5 x2$' "$said"
expect_line 'a checksum that differs' '^b .*WRONG$' "$said"
expect_line 'the geometric mean' '^geomean .* 1 +4$' "$said"
expect_line 'a missed target' '^second a: 150, target 120 ns: MISSED$' "$said"
expect_line 'a target that is met' '^second geomean: 4, target 5 ratio: met$' "$said"
expect_line 'a target without a value' '^second missing: not measured.*MISSED$' "$said"

[ $failures = 0 ] || { echo "scripts_test: $failures failures"; exit 1; }
echo 'scripts_test: passed'
