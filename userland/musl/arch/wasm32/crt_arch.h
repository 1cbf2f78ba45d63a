/* SPDX-License-Identifier: MIT */
/* crt/wasm32/crt1.c needs no assembly: _start is an ordinary function. */
