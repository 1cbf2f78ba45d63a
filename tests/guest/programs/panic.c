// SPDX-License-Identifier: Apache-2.0
/* The kernel panics, by its own "c" of SysRq. */
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY);

	return fd < 0 || write(fd, "c", 1) != 1;
}
