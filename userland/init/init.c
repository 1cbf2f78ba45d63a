// SPDX-License-Identifier: Apache-2.0
/*
 * The first process of `wasmlinux run`: makes the guest a Linux system as programs expect it,
 * runs one program as its child, and ends the machine with the program's status.
 * docs/user-abi.md describes /etc/wasmlinux/run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <net/if.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define RUN_FILE "/etc/wasmlinux/run"

enum {
	EXIT_MACHINE = 125,	/* we are to blame */
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_SIGNAL = 128,
};

struct run {
	int tty;		/* the terminal is standard input and output */
	int stderr_stream;	/* ... but standard error is not */
	const char *program, *workdir, *hostname;
	char **argv, **envp;
	int argc, envc;
};

/* Where messages go: the program's standard error once it is known. */
static int messages = STDERR_FILENO;

/* "wasmlinux: WHAT: REASON", as a shell complains. */
static void complain(const char *what, const char *reason)
{
	struct iovec line[] = {
		{ "wasmlinux: ", 11 },
		{ (char *)what, strlen(what) },
		{ ": ", 2 },
		{ (char *)reason, strlen(reason) },
		{ "\n", 1 },
	};

	writev(messages, line, sizeof line / sizeof line[0]);
}

/* Ends the machine. The kernel hands "exit=N" to it. */
static _Noreturn void end(int status)
{
	char command[16];

	sync();
	snprintf(command, sizeof command, "exit=%d", status);
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		LINUX_REBOOT_CMD_RESTART2, command);
	complain("reboot", strerror(errno));
	for (;;)
		pause();
}

/* ---- What to run ---------------------------------------------------------------- */

static char *read_run_file(size_t *size)
{
	struct stat st;
	char *text;
	int fd = open(RUN_FILE, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0 || !(text = malloc(st.st_size + 1))) {
		complain(RUN_FILE, strerror(errno));
		end(EXIT_MACHINE);
	}
	for (*size = 0; *size < (size_t)st.st_size;) {
		ssize_t n = read(fd, text + *size, st.st_size - *size);
		if (n <= 0)
			break;
		*size += n;
	}
	close(fd);
	text[*size] = 0;
	return text;
}

/* The value if the record is `key=value`. */
static char *value_of(char *record, const char *key)
{
	size_t length = strlen(key);

	return !strncmp(record, key, length) && record[length] == '=' ? record + length + 1 : 0;
}

static void read_run(struct run *run)
{
	size_t size, records = 0;
	char *text = read_run_file(&size), *end_of_text = text + size, *record, *value;

	for (size_t i = 0; i < size; i++)
		records += !text[i];
	run->argv = calloc(records + 2, sizeof *run->argv);
	run->envp = calloc(records + 2, sizeof *run->envp);
	if (!run->argv || !run->envp) {
		complain(RUN_FILE, strerror(ENOMEM));
		end(EXIT_MACHINE);
	}
	for (record = text; record < end_of_text; record += strlen(record) + 1) {
		if ((value = value_of(record, "arg")))
			run->argv[run->argc++] = value;
		else if ((value = value_of(record, "env")))
			run->envp[run->envc++] = value;
		else if ((value = value_of(record, "tty")))
			run->tty = *value == '1';
		else if ((value = value_of(record, "stderr")))
			run->stderr_stream = !strcmp(value, "stream");
		else if ((value = value_of(record, "program")))
			run->program = value;
		else if ((value = value_of(record, "workdir")))
			run->workdir = value;
		else if ((value = value_of(record, "hostname")))
			run->hostname = value;
	}
	if (!run->program || !run->argc) {
		complain(RUN_FILE, "names no program");
		end(EXIT_MACHINE);
	}
}

/* ---- The system ------------------------------------------------------------------- */

static const struct {
	const char *type, *target, *options;
	unsigned long flags;
} mounts[] = {
	{ "proc", "/proc", 0, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "sysfs", "/sys", 0, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "devtmpfs", "/dev", "mode=755", MS_NOSUID },
	{ "devpts", "/dev/pts", "mode=620,gid=5,ptmxmode=666", MS_NOSUID | MS_NOEXEC },
	{ "tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV },
	{ "tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV },
	{ "tmpfs", "/run", "mode=755", MS_NOSUID | MS_NODEV },
};

static const char *const links[][2] = {
	{ "/proc/self/fd", "/dev/fd" },
	{ "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" },
	{ "/proc/self/fd/2", "/dev/stderr" },
};

/* Files that were brought in (--file HOST:/tmp/...) must not vanish below a mount. */
static int holds_files(const char *directory)
{
	return rmdir(directory) < 0 && errno == ENOTEMPTY;
}

static void mount_all(void)
{
	for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
		if (!strcmp(mounts[i].type, "tmpfs") && holds_files(mounts[i].target)) {
			chmod(mounts[i].target, strtoul(mounts[i].options + strlen("mode="), 0, 8));
			continue;
		}
		mkdir(mounts[i].target, 0755);
		if (mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags,
			  mounts[i].options) < 0 && errno != EBUSY)
			complain(mounts[i].target, strerror(errno));
	}
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		symlink(links[i][0], links[i][1]);
}

static void bring_up_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		complain("lo", strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* ---- The program ------------------------------------------------------------------- */

/* The errno of posix_spawn() for a program whose file is there may be its interpreter's. */
static int spawn_error(const struct run *run, int error)
{
	struct stat st;

	if (error == ENOENT && stat(run->program, &st) == 0) {
		complain(run->argv[0], "its interpreter is not found");
		return EXIT_NOT_EXECUTABLE;
	}
	if (error == ENOENT || error == ENOTDIR) {
		complain(run->argv[0], "not found");
		return EXIT_NOT_FOUND;
	}
	complain(run->argv[0], strerror(error));
	return EXIT_NOT_EXECUTABLE;
}

/* The leader of a new session. A terminal that a leader opens becomes the session's own. */
static pid_t spawn(const struct run *run, const sigset_t *mask)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	pid_t child;
	int error;

	posix_spawn_file_actions_init(&files);
	if (run->tty) {
		posix_spawn_file_actions_addopen(&files, 0, "/dev/ttyW0", O_RDWR, 0);
		posix_spawn_file_actions_adddup2(&files, 0, 1);
		if (run->stderr_stream)
			posix_spawn_file_actions_addopen(&files, 2, "/dev/hosterr", O_WRONLY, 0);
		else
			posix_spawn_file_actions_adddup2(&files, 0, 2);
	} else {
		posix_spawn_file_actions_addopen(&files, 0, "/dev/hostin", O_RDONLY, 0);
		posix_spawn_file_actions_addopen(&files, 1, "/dev/hostout", O_WRONLY, 0);
		posix_spawn_file_actions_addopen(&files, 2, "/dev/hosterr", O_WRONLY, 0);
	}
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, mask);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);

	error = posix_spawn(&child, run->program, &files, &attributes, run->argv, run->envp);
	return error ? -error : child;
}

/* The program's standard error, whatever becomes of the program. */
static void open_messages(const struct run *run)
{
	const char *path = run->tty && !run->stderr_stream ? "/dev/ttyW0" : "/dev/hosterr";
	int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		complain(path, strerror(errno));
	else
		messages = fd;
}

/* Reaps all that end until the program does; hands on to it what asks us to end. */
static int wait_for(pid_t child, const sigset_t *signals)
{
	int status;
	pid_t pid;

	for (;;) {
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			if (pid != child)
				continue;
			return WIFSIGNALED(status) ? EXIT_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
		}
		switch (sigwaitinfo(signals, 0)) {
		case SIGINT:	/* the host asks for the machine's end */
		case SIGTERM:
		case SIGPWR:
			kill(-child, SIGTERM);
			break;
		case SIGHUP:
			kill(-child, SIGHUP);
			break;
		}
	}
}

/* What has been written to the terminal is to be seen. */
static void drain_terminal(void)
{
	int fd = open("/dev/ttyW0", O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		tcdrain(fd);
}

int main(void)
{
	static const int handled[] = { SIGCHLD, SIGINT, SIGTERM, SIGPWR, SIGHUP };
	struct run run = { .hostname = "wasmlinux" };
	sigset_t signals, before;
	pid_t child;
	int status;

	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++)
		sigaddset(&signals, handled[i]);
	sigprocmask(SIG_BLOCK, &signals, &before);
	reboot(RB_DISABLE_CAD);	/* SIGINT for us instead of a restart */

	mount_all();
	read_run(&run);
	open_messages(&run);
	if (sethostname(run.hostname, strlen(run.hostname)) < 0)
		complain(run.hostname, strerror(errno));
	bring_up_loopback();

	if (run.workdir && chdir(run.workdir) < 0) {
		complain(run.workdir, strerror(errno));
		end(EXIT_NOT_EXECUTABLE);
	}
	child = spawn(&run, &before);
	status = child < 0 ? spawn_error(&run, -child) : wait_for(child, &signals);
	if (run.tty)
		drain_terminal();
	end(status);
}
