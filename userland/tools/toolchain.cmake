# SPDX-License-Identifier: Apache-2.0
# cmake -DCMAKE_TOOLCHAIN_FILE=.../share/wasmlinux/toolchain.cmake
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR wasm32)

get_filename_component(_wasmlinux "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
set(CMAKE_C_COMPILER "${_wasmlinux}/bin/wasmlinux-cc")
foreach(_tool AR RANLIB NM STRIP OBJDUMP OBJCOPY)
  string(TOLOWER ${_tool} _name)
  set(CMAKE_${_tool} "${_wasmlinux}/bin/wasmlinux-${_name}" CACHE FILEPATH "")
endforeach()
set(PKG_CONFIG_EXECUTABLE "${_wasmlinux}/bin/wasmlinux-pkg-config" CACHE FILEPATH "")

set(CMAKE_SYSROOT "${_wasmlinux}/share/wasmlinux/sysroot")
set(CMAKE_FIND_ROOT_PATH "${CMAKE_SYSROOT}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

set(BUILD_SHARED_LIBS OFF CACHE BOOL "shared libraries are not supported")

# What try_run() and tests run programs with.
set(CMAKE_CROSSCOMPILING_EMULATOR "${_wasmlinux}/bin/wasmlinux;run" CACHE STRING "")
