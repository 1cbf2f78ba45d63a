#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fetches and unpacks a Debian source package of a suite other than the host's own,
# through a private apt configuration: the host's mirror, its own lists and caches.
# The archive's signature is checked with Debian's keyring.
# usage: fetch-source.sh SUITE PACKAGE CACHE    prints CACHE/PACKAGE-VERSION, the unpacked source
# A package that is already in CACHE is taken as it is; delete it there to look for a newer one.
set -euo pipefail
suite=$1 package=$2 cache=$(realpath -m "$3")
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() { echo "fetch-source: $*" >&2; exit 1; }

found() {
  local dir
  for dir in "$cache/$package"-[0-9]*; do
    if [ -d "$dir" ]; then echo "$dir"; exit 0; fi
  done
}
found

[ -r $keyring ] || fail "$keyring is missing: install debian-archive-keyring"
mkdir -p "$cache"
exec 9> "$cache/.$package.lock"
flock 9
found  # somebody else fetched it meanwhile

# The mirror of the host: where the component main of its own suite comes from.
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
# shellcheck disable=SC2016 # the placeholders are apt's
mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' |
  awk -v codename="$codename" '$3 == "main" && ($2 == codename || $2 == "stable") { print $1; exit }')
[ -n "$mirror" ] || fail "apt has no source for the component main of Debian $codename"

apt=$(mktemp -d "$cache/.apt.XXXXXX")
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/source"
echo "deb-src [signed-by=$keyring] $mirror $suite main" > "$apt/sources.list"
cat > "$apt/apt.conf" <<END
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "-";
Dir::State "$apt/state";
Dir::Cache "$apt/cache";
APT::Sandbox::User "";
APT::Get::List-Cleanup "false";
Acquire::Retries "3";
END
export APT_CONFIG=$apt/apt.conf
apt-get update -q >&2 || fail "could not read the package lists of $suite from $mirror"
(cd "$apt/source" && apt-get source -q --download-only --only-source "$package" >&2) ||
  fail "could not fetch the source of $package from $suite"
dsc=$(echo "$apt"/source/*.dsc)
version=$(sed -n 's/^Version: //p' "$dsc" | head -n 1)
[ -n "$version" ] || fail "$dsc names no version"
# apt has checked the archive's signature and with it the checksum of the .dsc.
dpkg-source --no-check --require-strong-checksums -x "$dsc" "$apt/tree" >&2
mv "$apt/tree" "$cache/$package-${version//:/%}"
echo "$cache/$package-${version//:/%}"
