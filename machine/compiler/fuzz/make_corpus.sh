#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make_corpus.sh WAT2WASM DIRECTORY OPTIONS TEXT...: each text as a module in DIRECTORY, with OPTIONS > 0
# once for each of the option bytes 0 ... 7 before it.
set -eu
wat2wasm=$1 directory=$2 options=$3
shift 3
mkdir -p "$directory"
for text; do
	module=$directory/$(basename "$text" .wat)
	"$wat2wasm" --enable-threads --enable-extended-const --debug-names "$text" -o "$module"
	if [ "$options" -gt 0 ]; then
		for byte in 0 1 2 3 4 5 6 7; do
			{ printf "\\00$byte"; cat "$module"; } >"$module-$byte"
		done
		rm "$module"
	fi
done
touch "$directory/.made"
