#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What must hold for every file of the repository. One line for each violation.
# usage: repo_check.sh [TOP]
set -uo pipefail
cd "${1:-$(dirname "$0")/..}" || exit 2
if ! git rev-parse --is-inside-work-tree > /dev/null 2>&1; then
  echo "repo_check: not a git work tree, nothing to check"
  exit 77
fi

violations=0
violation() {
  echo "repo_check: $*"
  violations=$((violations + 1))
}
each() {  # what is wrong with the files (or file:line...) on standard input
  local item
  while IFS= read -r item; do violation "$item: $1"; done
}

files() { git ls-files -z -- "$@"; }

# Every file says its licence. Licence texts don't; JSON can't.
each 'no SPDX-License-Identifier in its first lines' < <(
  files ':!LICENSES/*.txt' ':!*.json' | while IFS= read -r -d '' file; do
    [ -s "$file" ] || continue
    grep -q 'SPDX-License-Identifier: ' < <(head -n 5 "$file") || echo "$file"
  done)

# The licence fits the place.
each 'kernel code is GPL-2.0-only WITH Linux-syscall-note' < <(
  files 'kernel/arch/*' | xargs -0 -r grep -L 'SPDX-License-Identifier: .*GPL-2.0-only')
each 'musl code is MIT' < <(files 'userland/musl/*.[chsS]' | xargs -0 -r grep -L 'SPDX-License-Identifier: MIT')

# Sources only: nothing big, nothing binary, no upstream sources.
each 'more than 1 MB' < <(files | xargs -0 -r -n 100 du -b 2> /dev/null | awk '$1 > 1000000 { print $2 }')
each 'binary' < <(
  files | while IFS= read -r -d '' file; do
    [ -s "$file" ] && ! grep -qI . "$file" && echo "$file"
  done)

# Nothing of one person's machine, nothing left for later.
here='repo_check\.sh'
each 'a path or name of somebody'\''s machine' < <(
  git grep -nIE '(^|[^a-z.])/(home/([a-tv-z]|u[a-rt-z])|Users/[a-z])|/tmp/[a-z]/|(^|[^A-Za-z./_-])/work/|deb\.debian\.org|registry\.npmjs' |
    grep -vE "$here" | cut -c1-140)
each 'unfinished' < <(
  git grep -nIE '\b(TODO|FIXME|XXX|HACK)\b' -- ':!LICENSES' | grep -vE "$here|mktemp|X{4,}" | cut -c1-140)
each 'sleep in a test' < <(
  git grep -nE '\b(usleep|sleep_for|sleep_until) *\(' -- '*_test.cc' | cut -c1-140)

# Links between documents lead somewhere, and so do the paths that they name in code.
each 'a link that leads nowhere' < <(
  files '*.md' | while IFS= read -r -d '' file; do
    grep -oE '\]\([^)# ]+' "$file" | cut -c3- | grep -vE '^[a-z]+:' | while IFS= read -r link; do
      [ -e "$(dirname "$file")/$link" ] || echo "$file: $link"
    done
  done)
each 'a file that does not exist' < <(
  files '*.md' | while IFS= read -r -d '' file; do
    # shellcheck disable=SC2016 # a Markdown code span
    grep -oE '`(abi|bench|docs|kernel|machine|scripts|tests|userland)/[A-Za-z0-9_./-]+`' "$file" | tr -d '`' |
      sort -u | while IFS= read -r path; do
        # From the top, or below some folder that the text is about; NAME and the like stand for any.
        [ -e "$path" ] || [[ $path =~ NAME|FILE|DIR ]] || [ -n "$(git ls-files -- "*/$path" "*/$path/*")" ] ||
          echo "$file: $path"
      done
  done)

# What is to be run can be run.
each 'a script without the executable bit' < <(
  files '*.sh' 'scripts/*' '.ci/*' | while IFS= read -r -d '' file; do
    head -c 2 "$file" | grep -q '^#!' && [ ! -x "$file" ] && echo "$file"
  done)

[ $violations = 0 ] || { echo "repo_check: $violations violations"; exit 1; }
echo "repo_check: $(git ls-files | wc -l) files are as they should be"
