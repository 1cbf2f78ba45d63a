# SPDX-License-Identifier: Apache-2.0
# A C file of tests/machine to a module: test_module(NAME LINKER_FLAG...).
function(test_module name)
  set(output ${CMAKE_BINARY_DIR}/test-modules/${name}.wasm)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/test-modules
    COMMAND clang-19 --target=wasm32-unknown-unknown -std=c11 -O2 -ffreestanding -nostdlib -matomics -mbulk-memory
            -mmutable-globals -Wall -Wextra -Wno-unused-parameter -I${CMAKE_SOURCE_DIR}
            -Wl,--no-entry,--global-base=65536,--export=__stack_pointer,--export-if-defined=_start ${ARGN}
            ${CMAKE_SOURCE_DIR}/tests/machine/${name}.c -o ${output}
    DEPENDS ${CMAKE_SOURCE_DIR}/tests/machine/${name}.c ${CMAKE_SOURCE_DIR}/tests/machine/mini_abi.h
            ${CMAKE_SOURCE_DIR}/abi/machine.h
    VERBATIM)
  add_custom_target(module_${name} DEPENDS ${output})
endfunction()
