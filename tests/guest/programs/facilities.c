// SPDX-License-Identifier: Apache-2.0
/* What programs expect of Linux beyond files and processes. */
#define _GNU_SOURCE
#include "guest_test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

TEST(system_tells_its_name)
{
	struct utsname u;

	ASSERT_EQ(0, uname(&u));
	ASSERT_STR("Linux", u.sysname);
	ASSERT(*u.machine && *u.release);
	ASSERT(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
	ASSERT(sysconf(_SC_PAGESIZE) >= 4096);
}

TEST(proc_is_there)
{
	char text[4096] = "", link[256] = "";
	int fd = open("/proc/self/stat", O_RDONLY), pid = 0;

	ASSERT(fd >= 0);
	ASSERT(read(fd, text, sizeof text - 1) > 0);
	ASSERT_EQ(1, sscanf(text, "%d (facilities", &pid));
	ASSERT_EQ(getpid(), pid);
	close(fd);
	ASSERT(readlink("/proc/self/exe", link, sizeof link - 1) > 0);
	ASSERT(strstr(link, "facilities"));
	ASSERT_EQ(0, access("/proc/self/maps", R_OK));
	ASSERT_EQ(0, access("/sys/kernel", R_OK));
	ASSERT_EQ(0, access("/dev/null", R_OK | W_OK));
	ASSERT_EQ(0, access("/dev/shm", W_OK));
}

TEST(epoll_and_eventfd)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), event = eventfd(0, EFD_NONBLOCK);
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = 0x123456789abcdef }, got = { 0 };

	ASSERT(epoll >= 0 && event >= 0);
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, event, &e));
	ASSERT_EQ(0, epoll_wait(epoll, &got, 1, 0));
	ASSERT_EQ(0, eventfd_write(event, 3));
	ASSERT_EQ(1, epoll_wait(epoll, &got, 1, 1000));
	ASSERT(got.data.u64 == e.data.u64 && got.events == EPOLLIN);
	eventfd_t n;
	ASSERT_EQ(0, eventfd_read(event, &n));
	ASSERT_EQ(3, n);
	close(epoll);
	close(event);
}

TEST(signals_by_descriptor)
{
	struct signalfd_siginfo info;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, 0);
	ASSERT((fd = signalfd(-1, &set, SFD_CLOEXEC)) >= 0);
	raise(SIGUSR1);
	ASSERT_EQ(sizeof info, read(fd, &info, sizeof info));
	ASSERT_EQ(SIGUSR1, info.ssi_signo);
	close(fd);
	sigprocmask(SIG_UNBLOCK, &set, 0);
}

TEST(inotify_tells_changes)
{
	char directory[] = "/tmp/guest-watch-XXXXXX", path[64];
	union { struct inotify_event event; char bytes[512]; } u;
	int fd = inotify_init1(IN_CLOEXEC), file;

	ASSERT(fd >= 0 && mkdtemp(directory));
	ASSERT(inotify_add_watch(fd, directory, IN_CREATE) >= 0);
	snprintf(path, sizeof path, "%s/x", directory);
	ASSERT((file = open(path, O_CREAT | O_WRONLY, 0600)) >= 0);
	ASSERT(read(fd, &u, sizeof u) > 0);
	ASSERT(u.event.mask == IN_CREATE);
	ASSERT_STR("x", u.event.name);
	close(file);
	close(fd);
	unlink(path);
	rmdir(directory);
}

TEST(unix_sockets)
{
	int pair[2], passed;
	char c = 'u', control[CMSG_SPACE(sizeof(int))];
	struct iovec v = { &c, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
	struct cmsghdr *h;

	memset(control, 0, sizeof control);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	/* A descriptor travels, and is the same file there. */
	h = CMSG_FIRSTHDR(&m);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &pair[0], sizeof(int));
	ASSERT_EQ(1, sendmsg(pair[0], &m, 0));
	ASSERT_EQ(1, recvmsg(pair[1], &m, 0));
	memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	ASSERT_EQ(1, write(passed, "p", 1));
	ASSERT_EQ(1, read(pair[1], &c, 1));
	ASSERT_EQ('p', c);
	close(passed);
	close(pair[0]);
	ASSERT_EQ(0, read(pair[1], &c, 1));
	close(pair[1]);
}

static void talk_tcp(int family, struct sockaddr *address, socklen_t size)
{
	int server = socket(family, SOCK_STREAM, 0), client = socket(family, SOCK_STREAM, 0), connection;
	char text[8] = "";

	ASSERT(server >= 0 && client >= 0);
	ASSERT_EQ(0, bind(server, address, size));
	ASSERT_EQ(0, listen(server, 5));
	ASSERT_EQ(0, getsockname(server, address, &size));
	ASSERT_EQ(0, connect(client, address, size));
	ASSERT((connection = accept(server, 0, 0)) >= 0);
	ASSERT_EQ(4, send(client, "ping", 4, 0));
	ASSERT_EQ(4, recv(connection, text, sizeof text, 0));
	ASSERT_STR("ping", text);
	ASSERT_EQ(0, shutdown(client, SHUT_WR));
	ASSERT_EQ(0, recv(connection, text, sizeof text, 0));
	close(connection);
	close(client);
	close(server);
}

TEST(tcp_over_loopback)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	talk_tcp(AF_INET, (struct sockaddr *)&v4, sizeof v4);
	if (access("/proc/net/if_inet6", R_OK) == 0)
		talk_tcp(AF_INET6, (struct sockaddr *)&v6, sizeof v6);
}

TEST(system_v_shared_memory)
{
	int id = shmget(IPC_PRIVATE, 1 << 16, IPC_CREAT | 0600), status;
	volatile char *p;
	pid_t pid;

	ASSERT(id >= 0);
	ASSERT((p = shmat(id, 0, 0)) != (void *)-1);
	ASSERT_EQ(0, shmctl(id, IPC_RMID, 0));
	pid = fork();
	if (!pid) {
		p[77] = 5;
		_exit(0);
	}
	ASSERT_EQ(pid, wait(&status));
	ASSERT_EQ(5, p[77]);
	ASSERT_EQ(0, shmdt((void *)p));
}

TEST(posix_shared_memory)
{
	int fd = shm_open("/guest-shm", O_RDWR | O_CREAT | O_EXCL, 0600);

	ASSERT(fd >= 0);
	ASSERT_EQ(0, shm_unlink("/guest-shm"));
	ASSERT_EQ(0, ftruncate(fd, 100));
	char *p = mmap(0, 100, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT(p != MAP_FAILED);
	p[99] = 'z';
	char c = 0;
	ASSERT_EQ(1, pread(fd, &c, 1, 99));
	ASSERT_EQ('z', c);
	munmap(p, 100);
	close(fd);
}

TEST(message_queues)
{
	struct mq_attr attributes = { .mq_maxmsg = 4, .mq_msgsize = 16 };
	char text[16] = "";
	unsigned priority;
	mqd_t queue = mq_open("/guest-mq", O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);

	ASSERT(queue >= 0);
	ASSERT_EQ(0, mq_unlink("/guest-mq"));
	ASSERT_EQ(0, mq_send(queue, "low", 4, 1));
	ASSERT_EQ(0, mq_send(queue, "high", 5, 9));
	ASSERT_EQ(5, mq_receive(queue, text, sizeof text, &priority));
	ASSERT_STR("high", text);
	ASSERT_EQ(9, priority);
	mq_close(queue);
}

/* What is typed is echoed, with CR and LF; ^C is a signal for the foreground. */
TEST(pseudo_terminals)
{
	char text[64] = "";
	int master, slave;
	struct winsize size = { .ws_row = 33, .ws_col = 99 };

	ASSERT_EQ(0, openpty(&master, &slave, 0, 0, &size));
	ASSERT(isatty(slave));
	ASSERT_EQ(3, write(master, "hi\n", 3));
	ASSERT_EQ(3, read(slave, text, sizeof text));
	ASSERT_STR("hi\n", text);
	memset(text, 0, sizeof text);
	ASSERT_EQ(4, read(master, text, sizeof text));
	ASSERT_STR("hi\r\n", text);
	memset(&size, 0, sizeof size);
	ASSERT_EQ(0, ioctl(slave, TIOCGWINSZ, &size));
	ASSERT(size.ws_row == 33 && size.ws_col == 99);

	int status;
	pid_t pid = fork();
	if (!pid) {
		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		write(slave, "!", 1);
		for (;;)
			pause();
	}
	ASSERT_EQ(1, read(master, text, 1));
	ASSERT_EQ(1, write(master, "\003", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT(WIFSIGNALED(status));
	ASSERT_EQ(SIGINT, WTERMSIG(status));
	close(slave);
	close(master);
}

TEST(unknown_system_calls)
{
	ASSERT_ERRNO(ENOSYS, syscall(4000));
	ASSERT_ERRNO(ENOSYS, syscall(-1));
}
