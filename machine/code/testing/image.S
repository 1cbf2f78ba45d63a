// SPDX-License-Identifier: Apache-2.0
// A code image as the compile worker makes them, with two functions: answer()
// returns ANSWER, second() comes behind it.
#ifndef ANSWER
#define ANSWER 42
#endif
#define FS_OFFSET 4242

        .text
        .p2align 4
text_start:
answer:
        movl $ANSWER, %eax
        ret
answer_end:
        .p2align 4
second:
        xorl %eax, %eax
        ret
text_end:

        .section .rodata, "a"
name_answer:
        .ascii "answer"
name_second:
        .ascii "second"
        .p2align 3
functions:
        .long answer - wl_image, answer_end - answer, 0, name_answer - wl_image, 6
        .long second - wl_image, text_end - second, 1, name_second - wl_image, 6
        .p2align 3
exports:
        .long name_answer - wl_image, 6, answer - wl_image, 0
        .quad 0x11

        .globl wl_image
        .type wl_image, @object
        .p2align 3
wl_image:
        .ascii "wl-code\0"
        .long 1, 0, 0, FS_OFFSET        // ABI version, user, GS
        .long 2, 16, 65536, 65536, 131072, 3  // pages, stack, data, heap, table
        .long text_start - wl_image, text_end - wl_image, state - wl_image
        .long answer - wl_image, 0, second - wl_image
        .long 0, 0                      // imports
        .long exports - wl_image, 1
        .long 0, 0, 0, 0, 0, 0          // table, globals, data
        .long functions - wl_image, 2
        .size wl_image, . - wl_image

        .data
        .p2align 3
state:
        .quad 0
        .section .note.GNU-stack, "", @progbits
