# SPDX-License-Identifier: Apache-2.0
# add_fuzzer(NAME OPTIONS SOURCE LIBRARY): the libFuzzer executable fuzz/NAME_fuzzer and its seed
# corpus fuzz/corpus/NAME_fuzzer, made from the texts beside this file. OPTIONS: how many variants of
# a byte before each seed; 0: no such byte. The target `fuzzers` builds all of them.
set(WASMLINUX_FUZZ_DIR ${CMAKE_CURRENT_LIST_DIR})
if(NOT TARGET fuzzers)
  add_custom_target(fuzzers)
endif()
find_program(WAT2WASM wat2wasm REQUIRED)

function(add_fuzzer NAME OPTIONS SOURCE LIBRARY)
  target_compile_options(${LIBRARY} PRIVATE -fsanitize=fuzzer-no-link,address)
  add_executable(${NAME}_fuzzer EXCLUDE_FROM_ALL ${SOURCE})
  target_link_libraries(${NAME}_fuzzer PRIVATE ${LIBRARY})
  target_compile_options(${NAME}_fuzzer PRIVATE -fsanitize=fuzzer,address)
  target_link_options(${NAME}_fuzzer PRIVATE -fsanitize=fuzzer,address)
  set_target_properties(${NAME}_fuzzer PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)

  set(corpus ${CMAKE_BINARY_DIR}/fuzz/corpus/${NAME}_fuzzer)
  file(GLOB texts CONFIGURE_DEPENDS ${WASMLINUX_FUZZ_DIR}/corpus/*.wat)
  add_custom_command(OUTPUT ${corpus}/.made
    COMMAND sh ${WASMLINUX_FUZZ_DIR}/make_corpus.sh ${WAT2WASM} ${corpus} ${OPTIONS} ${texts}
    DEPENDS ${texts} ${WASMLINUX_FUZZ_DIR}/make_corpus.sh
    COMMENT "Corpus of ${NAME}_fuzzer")
  add_custom_target(${NAME}_corpus DEPENDS ${corpus}/.made)
  add_dependencies(fuzzers ${NAME}_fuzzer ${NAME}_corpus)
endfunction()
