/* SPDX-License-Identifier: MIT */
#define LDSO_ARCH "wasm32"
