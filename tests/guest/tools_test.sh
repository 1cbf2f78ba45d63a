#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# wasmlinux-cc and its kin, as configure, CMake, Meson and people use them.
# usage: tools_test.sh BUILD
set -u
build=$(cd "${1:?usage: tools_test.sh BUILD}" && pwd)
cc=$build/bin/wasmlinux-cc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

fail() {
  echo "tools_test: $*"
  failures=$((failures + 1))
}
same() {  # same WHAT EXPECTED ACTUAL
  [ "$2" = "$3" ] || fail "$1: expected '$2', is '$3'"
}
good() {  # good WHAT COMMAND...
  local what=$1 out
  shift
  out=$("$@" 2>&1) || fail "$what: status $?: $out"
}
bad() {  # bad WHAT PATTERN COMMAND...: refused with a line that matches
  local what=$1 pattern=$2 out
  shift 2
  if out=$("$@" 2>&1); then fail "$what: is accepted"; fi
  grep -q -- "$pattern" <<< "$out" || fail "$what: says '$out'"
}

cat > main.c <<'END'
#include <stdio.h>
#include <linux/fs.h>
int value(void);
int main(void) { return printf("%d\n", value()) < 0; }
END
echo 'int value(void) { return 42; }' > value.c

# What the compiler says of itself.
same -dumpmachine wasm32-linux-musl "$("$cc" -dumpmachine)"
same -print-sysroot "$build/share/wasmlinux/sysroot" "$("$cc" -print-sysroot)"
same -print-file-name "$build/share/wasmlinux/sysroot/lib/libc.a" "$("$cc" -print-file-name=libc.a)"
same '-print-file-name of nothing' nothing.a "$("$cc" -print-file-name=nothing.a)"
same -print-prog-name "$build/bin/wasmlinux-ld" "$("$cc" -print-prog-name=ld)"
[ -e "$("$cc" -print-libgcc-file-name)" ] || fail "-print-libgcc-file-name names no file"
"$cc" --version | grep -q '^wasmlinux-cc: .*clang' || fail "--version"
"$cc" -print-search-dirs | grep -q "libraries: =$build" || fail "-print-search-dirs"

# By this libtool knows that it can't make shared libraries.
"$build/bin/wasmlinux-ld" -v | grep -q GNU || fail "wasmlinux-ld -v does not name GNU"
"$build/bin/wasmlinux-ld" --help | grep -q 'supported targets:.* elf' && fail "wasmlinux-ld claims ELF"

# Steps.
good '-c' "$cc" -c main.c value.c
good 'linking' "$cc" main.o value.o -o program
[ -x program ] || fail "a program is not executable"
good '-E' "$cc" -E main.c -o main.i
good '-S' "$cc" -S value.c
good '-MD' "$cc" -MD -MF main.d -c main.c
grep -q 'sysroot/include/stdio.h' main.d || fail "-MD does not name stdio.h"
good 'all at once' "$cc" -O2 -g main.c value.c -o 'a program'
good 'from standard input' sh -c "echo 'int main(void){return 0;}' | '$cc' -x c - -o piped"
good 'a.out' "$cc" main.c value.c
[ -x a.out ] || fail "no a.out"
"$cc" main.c value.c -### 2>&1 | grep -q wasm-opt && fail "wasm-opt would be run"

# A library, by the other tools.
good ar "$build/bin/wasmlinux-ar" rcs libvalue.a value.o
good ranlib "$build/bin/wasmlinux-ranlib" libvalue.a
"$build/bin/wasmlinux-nm" libvalue.a | grep -q ' T value' || fail "nm does not find value"
good '-L -l' "$cc" main.c -L. -lvalue -lm -lpthread -lrt -ldl -lutil -lcrypt -lresolv -lxnet -o program
good strip "$build/bin/wasmlinux-strip" program
good objdump "$build/bin/wasmlinux-objdump" -h program

# Options of other systems that mean nothing here.
good 'options that are dropped' "$cc" -static -fPIC -fPIE -pthread -rdynamic -Wl,--as-needed -Wl,-z,relro,-z,now \
  -Wl,-rpath,/usr/lib -Wl,--start-group main.c value.c -Wl,--end-group -Wl,-O1 -Wl,--hash-style=gnu -fuse-ld=bfd -o program
good 'strict standards' sh -c "echo 'int linux, unix; int main(void){return linux;}' | '$cc' -std=c11 -x c - -o strict"
"$cc" -dM -E -x c /dev/null > macros
for macro in __linux__ __linux linux __unix__ __unix unix __wasm32__; do
  grep -q "#define $macro 1" macros || fail "$macro is not predefined"
done
"$cc" -pthread -dM -E -x c /dev/null | grep -q '_REENTRANT 1' || fail "_REENTRANT is not predefined with -pthread"

# Refused, in a line that says why.
bad -shared 'shared libraries are not supported' "$cc" -shared value.c -o libvalue.so
bad -pie 'not supported' "$cc" -pie main.c value.c
bad 'an undefined function' 'undefined symbol: value' "$cc" main.c -o undefined
[ -e undefined ] && fail "a program with an undefined function is left"
bad 'setjmp' 'undefined symbol: setjmp' sh -c "echo '#include <setjmp.h>
jmp_buf b; int main(void){return setjmp(b);}' | '$cc' -x c - -o setjmp"
bad 'no main' 'undefined symbol: main' "$cc" value.c -o nomain
bad 'no input' 'no input files' "$cc"

# What Linux is given: active data from 64 KiB on, no start function, only our imports, and the
# exports that the machine wants.
echo 'int big[1 << 20]; const char text[] = "text";
int main(int c, char **v) { big[c] = 1; return *text; }' | "$cc" -O0 -x c - -o layout
python3 - layout <<'END' || fail "the layout is wrong"
import sys

data = open(sys.argv[1], "rb").read()
at = 8


def leb():
    global at
    value = shift = 0
    while True:
        part = data[at]
        at += 1
        value |= (part & 127) << shift
        shift += 7
        if part < 128:
            return value


def name():
    global at
    size = leb()
    at += size
    return data[at - size:at].decode()


sections = {}
while at < len(data):
    kind = data[at]
    at += 1
    size = leb()
    sections[kind] = at
    at += size

assert 8 not in sections, "start section"
at = sections[2]
for _ in range(leb()):
    pair = name(), name()
    assert pair in (("linux", "syscall"), ("linux", "clock")), pair
    assert data[at] == 0
    at += 1
    leb()
at = sections[7]
exports = set()
for _ in range(leb()):
    exports.add(name())
    at += 1
    leb()
assert exports == {"memory", "_start", "__stack_pointer", "__tls_base", "__heap_base"}, exports
at = sections[11]
total = 0
for _ in range(leb()):
    assert leb() == 0, "a passive segment"
    assert data[at] == 0x41
    at += 1
    address = leb()
    assert 0x10000 <= address < 0x7000000 and data[at] == 0x0b, hex(address)
    at += 1
    size = leb()
    total += size
    at += size
assert total < 1 << 16, "bss is in the file"
END

# Relocatable: found beside itself, wherever that is.
mkdir -p elsewhere/bin
ln -s "$build/share" elsewhere/share
ln -s "$build/libexec" elsewhere/libexec
cp "$build"/bin/wasmlinux-* elsewhere/bin/
good 'another place' elsewhere/bin/wasmlinux-cc main.c value.c -o moved
same 'its sysroot' "$work/elsewhere/share/wasmlinux/sysroot" "$(elsewhere/bin/wasmlinux-cc -print-sysroot)"

# CMake.
mkdir cmake
cat > cmake/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.20)
project(example C)
include(CheckFunctionExists)
check_function_exists(fork HAVE_FORK)
check_function_exists(no_such_function HAVE_NONE)
find_package(Threads REQUIRED)
if(NOT HAVE_FORK OR HAVE_NONE OR NOT CMAKE_SIZEOF_VOID_P EQUAL 4)
  message(FATAL_ERROR "fork '${HAVE_FORK}', none '${HAVE_NONE}', pointers '${CMAKE_SIZEOF_VOID_P}'")
endif()
add_library(value STATIC ../value.c)
set_target_properties(value PROPERTIES POSITION_INDEPENDENT_CODE ON)
add_executable(example ../main.c)
target_link_libraries(example value Threads::Threads m)
END
good 'cmake' cmake -S cmake -B cmake/build -G Ninja -DCMAKE_TOOLCHAIN_FILE="$build/share/wasmlinux/toolchain.cmake"
good 'a build by cmake' cmake --build cmake/build
[ -x cmake/build/example ] || fail "cmake has built no program"

# wasm-postlink and what is no program.
postlink=$build/libexec/wasmlinux/wasm-postlink
echo text > text
bad 'a text' 'not a WebAssembly module' "$postlink" text
head -c 200 program > truncated
bad 'a truncated module' 'truncated' "$postlink" truncated
bad 'no such file' 'No such file' "$postlink" none
bad 'no argument' usage "$postlink"

[ $failures = 0 ] || { echo "tools_test: $failures failures"; exit 1; }
echo "tools_test: ok"
