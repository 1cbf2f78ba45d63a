// SPDX-License-Identifier: Apache-2.0
/*
 * A terminal as programs know it: its size, lines, the signal when the size changes, and a job
 * in the foreground.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t resized;

static void note(int signal) { resized = 1; }

static void print_size(void)
{
	struct winsize size = { 0 };

	if (ioctl(0, TIOCGWINSZ, &size))
		perror("TIOCGWINSZ");
	printf("size %dx%d\n", size.ws_row, size.ws_col);
	fflush(stdout);
}

int main(void)
{
	struct sigaction action = { .sa_handler = note };
	struct termios saved, raw;
	sigset_t set, old;
	char line[64], c;

	if (!isatty(0) || !isatty(1) || !isatty(2)) {
		puts("no terminal");
		return 1;
	}
	if (tcgetpgrp(0) != getpgrp() || getsid(0) != getpid()) {
		puts("not in the foreground");
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, &old);
	sigaction(SIGWINCH, &action, 0);
	print_size();
	while (!resized)
		sigsuspend(&old);
	print_size();

	if (!fgets(line, sizeof line, stdin))
		return 3;
	printf("line <%.*s>\n", (int)strcspn(line, "\n"), line);
	fflush(stdout);

	/* Every key at once, and none echoed. */
	tcgetattr(0, &saved);
	raw = saved;
	cfmakeraw(&raw);
	tcsetattr(0, TCSAFLUSH, &raw);
	write(1, "raw", 3);
	if (read(0, &c, 1) != 1)
		return 4;
	tcsetattr(0, TCSAFLUSH, &saved);
	printf("\nkey %d\n", c);
	return 5;
}
