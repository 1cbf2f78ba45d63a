// SPDX-License-Identifier: Apache-2.0
/* Files and directories in tmpfs. */
#define _GNU_SOURCE
#include "guest_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

static char directory[] = "/tmp/guest-files-XXXXXX";

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path);
}

static void remove_directory(void)
{
	nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *path(const char *name)
{
	static char text[2][512];
	static int turn;

	turn ^= 1;
	snprintf(text[turn], sizeof text[turn], "%s/%s", directory, name);
	return text[turn];
}

static int create(const char *name, const char *content)
{
	int fd = open(path(name), O_RDWR | O_CREAT | O_EXCL, 0640);

	ASSERT(fd >= 0);
	ASSERT_EQ(strlen(content), write(fd, content, strlen(content)));
	return fd;
}

TEST(set_up)
{
	umask(022);
	ASSERT(mkdtemp(directory));
	atexit(remove_directory);
}

TEST(written_is_read)
{
	char text[32] = "";
	struct stat st;
	int fd = create("a", "hello, world");

	ASSERT_EQ(7, lseek(fd, 7, SEEK_SET));
	ASSERT_EQ(5, read(fd, text, sizeof text));
	ASSERT_STR("world", text);
	ASSERT_EQ(0, read(fd, text, sizeof text));
	ASSERT_EQ(0, fstat(fd, &st));
	ASSERT_EQ(12, st.st_size);
	ASSERT_EQ(S_IFREG | 0640, st.st_mode);
	ASSERT_EQ(1, st.st_nlink);
	ASSERT(st.st_mtim.tv_sec > 1700000000);
	close(fd);
	ASSERT_ERRNO(EEXIST, open(path("a"), O_CREAT | O_EXCL | O_WRONLY, 0600));
	ASSERT_ERRNO(ENOENT, open(path("none"), O_RDONLY));
	ASSERT_ERRNO(EBADF, read(fd, text, 1));
}

/* 64-bit arguments: offsets beyond 4 GiB arrive whole; a hole reads as zeros. */
TEST(offsets_of_64_bits)
{
	const off_t far = (5LL << 30) + 12345;
	char c = 1;
	struct stat st;
	int fd = create("sparse", "");

	ASSERT_EQ(1, pwrite(fd, "x", 1, far));
	ASSERT_EQ(0, fstat(fd, &st));
	ASSERT_EQ(far + 1, st.st_size);
	ASSERT_EQ(1, pread(fd, &c, 1, far));
	ASSERT_EQ('x', c);
	ASSERT_EQ(1, pread(fd, &c, 1, far - 1));
	ASSERT_EQ(0, c);
	ASSERT_EQ(far + 1, lseek(fd, 0, SEEK_END));
	ASSERT_EQ(0, ftruncate(fd, far - 7));
	ASSERT_EQ(0, fstat(fd, &st));
	ASSERT_EQ(far - 7, st.st_size);
	ASSERT_EQ(0, posix_fadvise(fd, far, 1, POSIX_FADV_NORMAL));
	close(fd);
}

TEST(gathered_and_scattered)
{
	char a[4] = "", b[8] = "";
	struct iovec out[] = { { "abc", 3 }, { "defg", 4 } }, in[] = { { a, 3 }, { b, 7 } };
	int fd = create("vector", "");

	ASSERT_EQ(7, writev(fd, out, 2));
	ASSERT_EQ(7, preadv(fd, in, 2, 0));
	ASSERT_STR("abc", a);
	ASSERT_STR("defg", b);
	close(fd);
}

TEST(names_change)
{
	struct stat st;
	char target[16] = "";

	close(create("old", "1"));
	ASSERT_EQ(0, rename(path("old"), path("new")));
	ASSERT_ERRNO(ENOENT, stat(path("old"), &st));
	ASSERT_EQ(0, link(path("new"), path("second")));
	ASSERT_EQ(0, stat(path("new"), &st));
	ASSERT_EQ(2, st.st_nlink);
	ASSERT_EQ(0, symlink("new", path("symbolic")));
	ASSERT_EQ(3, readlink(path("symbolic"), target, sizeof target));
	ASSERT_STR("new", target);
	ASSERT_EQ(0, lstat(path("symbolic"), &st));
	ASSERT(S_ISLNK(st.st_mode));
	ASSERT_EQ(0, unlink(path("second")));
	ASSERT_EQ(0, chmod(path("new"), 0600));
	ASSERT_EQ(0, stat(path("symbolic"), &st));
	ASSERT_EQ(0600, st.st_mode & 07777);
	ASSERT_EQ(1, st.st_nlink);
}

/* An unlinked file lives on as long as it is open. */
TEST(unlinked_is_usable)
{
	char c;
	int fd = create("gone", "g");

	ASSERT_EQ(0, unlink(path("gone")));
	ASSERT_EQ(1, pread(fd, &c, 1, 0));
	ASSERT_EQ('g', c);
	close(fd);
}

TEST(directories)
{
	struct dirent *entry;
	int entries = 0;
	char name[64];
	DIR *dir;

	ASSERT_EQ(0, mkdir(path("dir"), 0755));
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "dir/file%03d", i);
		close(create(name, ""));
	}
	ASSERT_ERRNO(ENOTEMPTY, rmdir(path("dir")));
	ASSERT(dir = opendir(path("dir")));
	while ((entry = readdir(dir)))
		entries += entry->d_type == DT_REG && !strncmp(entry->d_name, "file", 4);
	closedir(dir);
	ASSERT_EQ(300, entries);
	ASSERT_EQ(0, chdir(path("dir")));
	ASSERT(getcwd(name, sizeof name) && strstr(name, "/dir"));
	ASSERT_EQ(0, access("file000", R_OK | W_OK));
	ASSERT_EQ(0, chdir("/"));
	ASSERT_ERRNO(ENOTDIR, open(path("new/x"), O_RDONLY));
}

TEST(stdio_files)
{
	char line[64];
	FILE *f = fopen(path("text"), "w+");

	ASSERT(f);
	for (int i = 0; i < 5000; i++)
		fprintf(f, "line %d\n", i);
	rewind(f);
	for (int i = 0; i < 5000; i++) {
		int n = -1;

		ASSERT(fgets(line, sizeof line, f));
		ASSERT_EQ(1, sscanf(line, "line %d", &n));
		ASSERT_EQ(i, n);
	}
	ASSERT(!fgets(line, sizeof line, f) && feof(f));
	ASSERT_EQ(0, fclose(f));
}

/* Two shared mappings of a file are the same memory, and the file sees what is written. */
TEST(mapped_files)
{
	long size = sysconf(_SC_PAGESIZE);
	int fd = create("map", "");
	char c, *a, *b;

	ASSERT_EQ(0, ftruncate(fd, 2 * size));
	a = mmap(0, 2 * size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	b = mmap(0, size, PROT_READ, MAP_SHARED, fd, size);
	ASSERT(a != MAP_FAILED && b != MAP_FAILED);
	a[size + 5] = 'm';
	ASSERT_EQ('m', b[5]);
	ASSERT_EQ(1, pread(fd, &c, 1, size + 5));
	ASSERT_EQ('m', c);
	char *private = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, size);
	ASSERT(private != MAP_FAILED);
	private[5] = 'p';
	ASSERT_EQ('m', b[5]);
	ASSERT_EQ(0, munmap(a, 2 * size) | munmap(b, size) | munmap(private, size));
	close(fd);
}

TEST(file_system_figures)
{
	struct statvfs s;

	ASSERT_EQ(0, statvfs(directory, &s));
	ASSERT(s.f_bsize > 0);
}
