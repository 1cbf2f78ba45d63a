// SPDX-License-Identifier: Apache-2.0
/* What the kernel is configured with, as root of the guest: containers' tools, file systems. */
#define _GNU_SOURCE
#include "guest_test.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* The exit status of a child that runs this, 128 + its signal if one ended it. */
static int status_of(void (*run)(void))
{
	int status;
	pid_t pid = fork();

	ASSERT(pid >= 0);
	if (!pid) {
		run();
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static const char *read_file(const char *path)
{
	static char text[8192];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = 0, n;

	ASSERT(fd >= 0);
	while ((n = read(fd, text + size, sizeof text - 1 - size)) > 0)
		size += n;
	text[size] = 0;
	close(fd);
	return text;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ASSERT(fd >= 0);
	ASSERT_EQ(strlen(text), write(fd, text, strlen(text)));
	close(fd);
}

TEST(file_systems)
{
	static const char *const wanted[] = { "tmpfs", "proc", "sysfs", "devtmpfs", "devpts", "ext4", "squashfs",
		"erofs", "overlay", "mqueue", "cgroup2" };
	const char *known = read_file("/proc/filesystems");

	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		char entry[32];

		snprintf(entry, sizeof entry, "\t%s\n", wanted[i]);
		if (!strstr(known, entry))
			test_failed(__FILE__, __LINE__, "/proc/filesystems lacks %s", wanted[i]);
	}
}

TEST(its_own_configuration)
{
	ASSERT_EQ(0, access("/proc/config.gz", R_OK));
	ASSERT(strstr(read_file("/proc/cpuinfo"), "processor"));
	ASSERT(strstr(read_file("/proc/version"), "Linux version 6.12"));
}

TEST(overlay)
{
	ASSERT(!mkdir("/tmp/lower", 0755) && !mkdir("/tmp/upper", 0755) && !mkdir("/tmp/work", 0755) &&
	       !mkdir("/tmp/merged", 0755));
	write_file("/tmp/lower/a", "below");
	ASSERT_EQ(0, mount("overlay", "/tmp/merged", "overlay", 0, "lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work"));
	ASSERT_STR("below", read_file("/tmp/merged/a"));
	write_file("/tmp/merged/a", "above");
	ASSERT_STR("below", read_file("/tmp/lower/a"));
	ASSERT_STR("above", read_file("/tmp/upper/a"));
	ASSERT_EQ(0, umount("/tmp/merged"));
}

static void new_uts(void)
{
	struct utsname u;

	ASSERT_EQ(0, unshare(CLONE_NEWUTS));
	ASSERT_EQ(0, sethostname("elsewhere", 9));
	ASSERT(!uname(&u) && !strcmp(u.nodename, "elsewhere"));
}

static void new_pid(void)
{
	int status;

	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	pid_t pid = fork();
	if (!pid)
		_exit(getpid() == 1 ? 11 : 12);
	ASSERT_EQ(pid, wait(&status));
	_exit(WEXITSTATUS(status));
}

static void new_others(void)
{
	ASSERT_EQ(0, unshare(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP));
	ASSERT_EQ(0, mount(0, "/", 0, MS_REC | MS_PRIVATE, 0));
	ASSERT_EQ(0, mount("tmpfs", "/mnt", "tmpfs", 0, 0));
	write_file("/mnt/here", "");
	ASSERT_EQ(0, unshare(CLONE_NEWUSER));
	ASSERT(getuid() != 0);
}

TEST(namespaces)
{
	struct utsname u;

	ASSERT_EQ(0, status_of(new_uts));
	ASSERT(!uname(&u) && strcmp(u.nodename, "elsewhere"));
	ASSERT_EQ(11, status_of(new_pid));
	ASSERT_EQ(0, status_of(new_others));
	ASSERT(access("/mnt/here", F_OK));
}

static void eat_in_a_cgroup(void)
{
	char pid[16];

	snprintf(pid, sizeof pid, "%d", getpid());
	write_file("/tmp/cgroup/small/cgroup.procs", pid);
	for (;;) {
		volatile char *p = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			_exit(1);
		for (int i = 0; i < 1 << 20; i += 4096)
			p[i] = 1;
	}
}

/* A process that takes more than its group's limit is killed, nobody else. */
TEST(memory_control)
{
	ASSERT_EQ(0, mkdir("/tmp/cgroup", 0755));
	ASSERT_EQ(0, mount("cgroup2", "/tmp/cgroup", "cgroup2", 0, 0));
	ASSERT(strstr(read_file("/tmp/cgroup/cgroup.controllers"), "memory"));
	write_file("/tmp/cgroup/cgroup.subtree_control", "+memory");
	ASSERT_EQ(0, mkdir("/tmp/cgroup/small", 0755));
	write_file("/tmp/cgroup/small/memory.max", "16777216");
	ASSERT_EQ(128 + SIGKILL, status_of(eat_in_a_cgroup));
	ASSERT(strstr(read_file("/tmp/cgroup/small/memory.events"), "oom_kill 1"));
	ASSERT_EQ(0, rmdir("/tmp/cgroup/small"));
	ASSERT_EQ(0, umount("/tmp/cgroup"));
}

static void refuse_getppid(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof code[0], code };

	ASSERT_EQ(0, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ASSERT_EQ(0, prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
	ASSERT_ERRNO(EDOM, syscall(SYS_getppid));
	ASSERT(getpid() > 1);
}

static void strict(void)
{
	ASSERT_EQ(0, prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
	getppid();
}

TEST(seccomp)
{
	ASSERT_EQ(0, status_of(refuse_getppid));
	ASSERT_EQ(128 + SIGKILL, status_of(strict));
}

/* One no-operation through the rings of io_uring. */
TEST(io_uring)
{
	struct io_uring_params p = { 0 };
	int fd = syscall(SYS_io_uring_setup, 4, &p);

	ASSERT(fd >= 0);
	ASSERT(p.features & IORING_FEAT_SINGLE_MMAP);
	size_t size = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	char *rings = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQ_RING);
	struct io_uring_sqe *sqes = mmap(0, p.sq_entries * sizeof *sqes, PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQES);
	ASSERT(rings != MAP_FAILED && sqes != MAP_FAILED);
	unsigned *tail = (unsigned *)(rings + p.sq_off.tail);
	unsigned *mask = (unsigned *)(rings + p.sq_off.ring_mask);

	memset(sqes, 0, sizeof *sqes);
	sqes[0].opcode = IORING_OP_NOP;
	sqes[0].user_data = 0x1122334455667788;
	((unsigned *)(rings + p.sq_off.array))[*tail & *mask] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	ASSERT_EQ(1, syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, 0, 0));
	struct io_uring_cqe *cqe = (void *)(rings + p.cq_off.cqes);
	ASSERT_EQ(1, *(unsigned *)(rings + p.cq_off.tail));
	ASSERT(cqe->user_data == 0x1122334455667788);
	ASSERT_EQ(0, cqe->res);
	close(fd);
}
