# SPDX-License-Identifier: Apache-2.0
# The front door. `make` lists what it can do; docs/building.md says how it works.
#
# Each part has a build of its own that knows what is up to date: ninja for the
# machine, kernel/build.sh, userland/build.sh. Here is only their order.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:
.DEFAULT_GOAL := help

JOBS   ?= $(shell nproc)
PREFIX ?= /usr/local
export JOBS

# Everything below it can be deleted at any time: see docs/building.md.
export WASMLINUX_BUILD_CACHE ?= $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/wasmlinux-build
export CCACHE_DIR ?= $(WASMLINUX_BUILD_CACHE)/ccache

BUILD := $(CURDIR)/build
SHARE := $(BUILD)/share/wasmlinux
STEP   = scripts/step $(if $(V),--verbose) $(BUILD)/log

.PHONY: help
help:  ## what `make` can do
	@echo 'WasmLinux: Linux and POSIX programs as WebAssembly.'
	@echo
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24
	@echo
	@echo '  V=1 shows commands and their output, JOBS=N sets how many run at once ($(JOBS)).'

.PHONY: run
run: build  ## build, boot, compile a C program (PROGRAM=examples/hello.c) and run it (ARGS=...)
	@scripts/run-example "$(or $(PROGRAM),examples/hello.c)" $(ARGS)

.PHONY: build
build: machine kernel userland image  ## everything, in build/ as it would be installed

.PHONY: deps
deps:
	@scripts/install-deps.sh

$(BUILD)/build.ninja: CMakeLists.txt | deps
	@$(STEP)/configure.log 'configure' cmake -S . -B $(BUILD) -G Ninja \
	  -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 \
	  -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
	@touch $@

.PHONY: machine
machine: deps $(BUILD)/build.ninja  ## the machine and the command wasmlinux
	@CCACHE_BASEDIR=$(CURDIR) CCACHE_NOHASHDIR=1 $(STEP)/machine.log 'machine' ninja -C $(BUILD) -j $(JOBS)

.PHONY: kernel
kernel: deps  ## Linux
	@$(STEP)/kernel.log 'kernel' kernel/build.sh $(SHARE)/vmlinux.wasm

.PHONY: userland
userland: deps  ## musl, wasmlinux-cc, init and the initial file system
	@$(STEP)/userland.log 'userland' userland/build.sh $(BUILD)

# Native code of the kernel and of the image's programs.
.PHONY: image
image: machine kernel userland
	@$(STEP)/image.log 'native code' scripts/compile-image $(BUILD)

# A kernel of its own, with KUnit and its suites built in.
KUNIT := $(if $(wildcard kernel/configs/kunit.config),kunit)
.PHONY: kunit
kunit: machine userland
	@$(STEP)/kunit.log 'kernel with KUnit' kernel/build.sh --config kunit $(BUILD)/kunit/vmlinux.wasm
	@$(STEP)/kunit-code.log 'native code of it' scripts/compile-kernel $(BUILD) $(BUILD)/kunit/vmlinux.wasm

CTEST = ctest --test-dir $(BUILD) --output-on-failure --no-tests=error --timeout 300 -j $(JOBS)

.PHONY: test
test: build $(KUNIT)  ## all tests but the long ones
	@$(CTEST) -LE long

.PHONY: test-long
test-long: build $(KUNIT)  ## all tests, also what takes long
	@$(CTEST)

.PHONY: bench
bench: build  ## measure against native Linux; table and TSV in build/bench
	@scripts/bench $(BUILD)

.PHONY: fuzz
fuzz: deps  ## fuzz the module reader and the compiler for FUZZ_SECONDS (600) each
	@scripts/fuzz $(CURDIR)/build-fuzz

.PHONY: kernel-menuconfig
kernel-menuconfig: deps  ## choose the kernel's options
	@kernel/build.sh menuconfig

.PHONY: install
install:  ## copy what `make build` made to PREFIX (/usr/local), below DESTDIR
	@scripts/install '$(BUILD)' '$(DESTDIR)' '$(PREFIX)'

.PHONY: format
format: deps  ## put C++ sources into shape
	@scripts/lint --format

.PHONY: lint
lint: deps $(BUILD)/build.ninja  ## check formatting, then run clang-tidy
	@scripts/lint $(BUILD)

.PHONY: clean
clean:  ## remove build/; the caches stay
	@rm -rf build build-fuzz
