#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that building and testing need: the one list of them.
# usage: install-deps.sh [--list | --check]
#   --list   only prints the packages    --check   only says what is missing
set -euo pipefail

packages=(
  # The machine: compiler, LLVM and lld as libraries, the libraries it uses.
  clang-19 lld-19 llvm-19 llvm-19-dev liblld-19-dev libclang-rt-19-dev libstdc++-12-dev libc6-dev
  libcli11-dev libexpected-dev libfmt-dev libxxhash-dev nettle-dev nlohmann-json3-dev
  libzstd-dev zlib1g-dev libxml2-dev
  wabt binutils
  # Building.
  make cmake ninja-build ccache python3 xz-utils cpio rsync gcc libc6-dev pkg-config
  # The kernel: its source and what its build wants on the host.
  linux-source-6.12 flex bison bc libelf-dev libssl-dev libncurses-dev perl-base
  # Userland: the compiler's runtime for wasm32; fetching and unpacking source packages.
  libclang-rt-19-dev-wasm32
  dpkg-dev debian-archive-keyring ca-certificates
  # Tests and benchmarks.
  libgtest-dev libgmock-dev libbenchmark-dev musl-tools util-linux procps
)

case ${1:-} in
  --list) printf '%s\n' "${packages[@]}" | sort -u; exit ;;
  --check | '') ;;
  *) echo "usage: install-deps.sh [--list | --check]" >&2; exit 2 ;;
esac

if ! command -v dpkg-query > /dev/null; then
  echo "install-deps: not a Debian system; install what corresponds to: ${packages[*]}" >&2
  exit 1
fi

missing() {
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2> /dev/null |
    sed -n 's/^installed //p' | sort -u) || true
  printf '%s\n' "${packages[@]}" | sort -u | comm -23 - <(printf '%s\n' "$installed")
}

mapfile -t wanted < <(missing)
[ ${#wanted[@]} = 0 ] && exit 0

if [ "${1:-}" = --check ]; then
  echo "install-deps: missing: ${wanted[*]}" >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  printf 'Some packages are missing. Install them with\n\n  sudo apt-get install --no-install-recommends %s\n\nand try again.\n' \
    "${wanted[*]}" >&2
  exit 1
fi

# A list of packages that is old or absent makes the first attempt fail.
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -q --no-install-recommends "${wanted[@]}" < /dev/null; }
install || { apt-get update -q && install; }
mapfile -t wanted < <(missing)
if [ ${#wanted[@]} != 0 ]; then
  echo "install-deps: could not install: ${wanted[*]}" >&2
  exit 1
fi
