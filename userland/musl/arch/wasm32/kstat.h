/* SPDX-License-Identifier: MIT */
/* There is no stat system call but statx. */
