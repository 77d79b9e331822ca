/* SPDX-License-Identifier: Apache-2.0 */
/* fd.h. What touches descriptors 0, 1 and 2, or all of them, is done in a child. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "hull/dir.h"
#include "hull/fd.h"
#include "hull/sys.h"

#include "check.h"

static int setup(void **state)
{
	char *top = malloc(TOP);

	*state = top;
	return top_make(top, "fd") && !chdir(top) ? 0 : -1;
}

static int teardown(void **state)
{
	top_remove(*state);
	free(*state);
	return 0;
}

/* The exit status of @f(@arg) in a child. */
static int in_child(int (*f)(int arg), int arg)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(f(arg));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* ---- the standard descriptors ---- */

static bool is_null(int fd)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat("/dev/null", &b) && a.st_rdev == b.st_rdev &&
	       !fcntl(fd, F_GETFD) && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
}

/* @closed: a bit for each of 0, 1, 2. */
static int stdio_open_after(int closed)
{
	int highest = fcntl(open("/dev/zero", O_RDONLY), F_DUPFD, 10);

	for (int fd = 0; fd <= 2; fd++)
		if (closed & 1 << fd ? close(fd) : dup2(highest, fd) != fd)
			return 2;
	if (fd_stdio_open())
		return 3;
	for (int fd = 0; fd <= 2; fd++)
		if (is_null(fd) != !!(closed & 1 << fd))
			return 4;
	return fcntl(highest + 1, F_GETFD) < 0 ? 0 : 5;
}

static void test_stdio_open(void **state)
{
	(void)state;
	for (int closed = 0; closed < 8; closed++)
		assert_int_equal(in_child(stdio_open_after, closed), 0);
}

enum stdio { A_PIPE, A_FILE, NULL_DEVICE, A_SOCKET, A_PIDFD, A_MEMFD, CLOSED, GOOD = CLOSED,
	     A_DIRECTORY, PATH_OF_DIRECTORY, PATH_OF_FILE, A_NAMESPACE, A_MOUNT, STDIO_KINDS };

static int stdio_make(enum stdio kind)
{
	int pair[2];

	switch (kind) {
	case A_PIPE:		return pipe(pair) ? -1 : pair[0];
	case A_FILE:		return open("file", O_RDWR | O_CREAT, 0600);
	case NULL_DEVICE:	return open("/dev/null", O_RDWR);
	case A_SOCKET:		return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ? -1 : pair[0];
	case A_PIDFD:		return (int)syscall(SYS_pidfd_open, getpid(), 0);
	case A_MEMFD:		return memfd_create("x", 0);
	case A_DIRECTORY:	return open("/", O_RDONLY | O_DIRECTORY);
	case PATH_OF_DIRECTORY:	return open("/", O_PATH);
	case PATH_OF_FILE:	return open("/dev/null", O_PATH);
	case A_NAMESPACE:	return open("/proc/self/ns/mnt", O_RDONLY);
	case A_MOUNT:		return open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE);
	default:		return -1;
	}
}

/* 0: accepted, 1: refused in the right words, 77: cannot be made here. */
static int stdio_check_with(int kind_and_fd)
{
	enum stdio kind = (enum stdio)(kind_and_fd / 3);
	int fd = kind_and_fd % 3, made;
	struct err *err;
	char words[8];

	for (int i = 0; i <= 2; i++)
		if (dup2(open("/dev/null", O_RDWR), i) < 0)
			return 2;
	made = stdio_make(kind);
	if (kind == CLOSED)
		close(fd);
	else if (made < 0)
		return 77;
	else if (dup2(made, fd) < 0)
		return 2;
	err = fd_stdio_check();
	if (!err)
		return 0;
	snprintf(words, sizeof(words), "(fd %d)", fd);
	return strstr(err_text(err), words) && err_get(err, ERR_HINT) ? 1 : 3;
}

static void test_stdio_check(void **state)
{
	(void)state;
	for (int kind = 0; kind < STDIO_KINDS; kind++)
		for (int fd = 0; fd <= 2; fd++) {
			int result = in_child(stdio_check_with, kind * 3 + fd);

			if (result != 77)
				assert_int_equal(result, kind > GOOD);
			else
				assert_int_equal(kind, A_MOUNT);	/* needs privilege */
		}
}

/* ---- ranges ---- */

static int range(int close_them)
{
	int low = fcntl(0, F_DUPFD, 10), high = fcntl(0, F_DUPFD, 900);
	struct err *err = close_them ? fd_close_from((unsigned)high) :
				       fd_cloexec_from((unsigned)high);

	if (err || low < 0 || high < 0 || fcntl(low, F_GETFD) != 0)
		return 1;
	return fcntl(high, F_GETFD) == (close_them ? -1 : FD_CLOEXEC) ? 0 : 2;
}

static void test_ranges(void **state)
{
	(void)state;
	assert_int_equal(in_child(range, 0), 0);
	assert_int_equal(in_child(range, 1), 0);
}

/* ---- whole reads and writes ---- */

static void test_read_write_all(void **state)
{
	static const size_t sizes[] = { 0, 1, 4094, 4095, 4096, 4097, 8192, 1000003 };

	(void)state;
	for (size_t i = 0; i < countof(sizes); i++) {
		auto_fd int fd = open("file", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		auto_free char *bytes = xmalloc(sizes[i]);
		auto_free char *text = NULL, *at_once = NULL;
		size_t size;

		for (size_t j = 0; j < sizes[i]; j++)
			bytes[j] = (char)(j * 7);
		ok(fd_write_all(fd, "file", bytes, sizes[i]));
		lseek(fd, 0, SEEK_SET);
		ok(fd_read_all(fd, "file", &text, &size));
		assert_int_equal(size, sizes[i]);
		assert_memory_equal(text, bytes, size);
		assert_int_equal(text[size], 0);
		lseek(fd, 0, SEEK_SET);
		ok(fd_read_at_once(fd, "file", &at_once, &size));
		assert_int_equal(size, sizes[i]);
		assert_memory_equal(at_once, bytes, size);
		assert_int_equal(at_once[size], 0);
	}
}

/* What comes in pieces is not waited for: that is for whoever knows that there is one. */
static void test_read_at_once(void **state)
{
	auto_free char *text = NULL;
	int pair[2];
	size_t size;

	(void)state;
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	assert_int_equal(write(pair[1], "a piece", 7), 7);
	ok(fd_read_at_once(pair[0], "pipe", &text, &size));
	assert_int_equal(size, 7);
	assert_string_equal(text, "a piece");
	close(pair[0]);
	fails(EBADF, fd_read_at_once(pair[1], "pipe", &text, NULL));
	close(pair[1]);
}

static volatile sig_atomic_t interruptions;

static void interrupted(int signal)
{
	(void)signal;
	interruptions++;
}

/* Through a pipe, in pieces, while signals interrupt the reader. */
static void test_read_write_all_interrupted(void **state)
{
	enum { SIZE = 3 << 20 };
	auto_free char *bytes = xmalloc(SIZE);
	auto_free char *text = NULL;
	struct sigaction old, action = { .sa_handler = interrupted };	/* no SA_RESTART */
	int pair[2], status;
	size_t size;
	pid_t pid;

	(void)state;
	memset(bytes, 'x', SIZE);
	interruptions = 0;
	sigaction(SIGUSR1, &action, &old);
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(pair[0]);
		for (int i = 0; i < 20; i++) {
			usleep(1000);
			kill(getppid(), SIGUSR1);
		}
		_exit(fd_write_all(pair[1], "pipe", bytes, SIZE) ? 1 : 0);
	}
	close(pair[1]);
	ok(fd_read_all(pair[0], "pipe", &text, &size));
	assert_int_equal(size, SIZE);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(interruptions > 0);
	sigaction(SIGUSR1, &old, NULL);
	close(pair[0]);
}

static void test_read_is_bounded(void **state)
{
	auto_fd int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	auto_fd int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	char *text = NULL;
	size_t size;

	(void)state;
	fails(EFBIG, fd_read_all(zero, "/dev/zero", &text, &size));
	fails(ENOSPC, fd_write_all(full, "/dev/full", "x", 1));
	fails(EBADF, fd_read_all(full, "/dev/full", &text, &size));
	assert_null(text);
}

/* ---- sockets ---- */

/* A listening socket @name in the directory that we are in. */
static int listener(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void test_connect(void **state)
{
	auto_fd int listening = listener("sock");
	char path[PATH_MAX];

	/* Around the limit of sun_path (108 with its NUL), and far beyond it. */
	for (size_t len = 90; len < 4000; len += len < 120 ? 1 : 1940) {
		auto_fd int fd = -1;
		auto_fd int accepted = -1;
		size_t used = (size_t)snprintf(path, sizeof(path), "%s", (char *)*state);

		while (used < len - strlen("/sock"))
			path[used++] = '/';
		snprintf(path + used, sizeof(path) - used, "/sock");
		assert_int_equal(strlen(path), len);
		ok(fd_connect(path, &fd));
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		accepted = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
		assert_int_equal(write(fd, "x", 1), 1);
		assert_int_equal(read(accepted, path, 1), 1);
	}
}

/* A name that has no room behind /proc/self/fd/N/ either. */
static void test_connect_long_name(void **state)
{
	auto_fd int listening = listener("sock");
	auto_fd int fd = -1;
	char name[256];

	(void)state;
	assert_true(listening >= 0);
	memset(name, 'n', 255);
	name[255] = 0;
	assert_int_equal(rename("sock", name), 0);
	ok(fd_connect(name, &fd));
}

static void test_connect_fails(void **state)
{
	auto_fd int listening = listener("sock");
	int fd = -1;
	char path[300];

	(void)state;
	fails(ENOENT, fd_connect("nothing", &fd));
	memset(path, '/', sizeof(path));
	snprintf(path + 200, sizeof(path) - 200, "nothing");
	fails(ENOENT, fd_connect(path, &fd));
	close(open("file", O_CREAT | O_WRONLY, 0600));
	fails(ECONNREFUSED, fd_connect("file", &fd));
	close(listening);
	listening = -1;
	fails(ECONNREFUSED, fd_connect("sock", &fd));
	assert_int_equal(fd, -1);
}

static void test_send(void **state)
{
	union { struct cmsghdr align; char space[CMSG_SPACE(sizeof(int))]; } control;
	char bytes[16];
	struct iovec data = { bytes, sizeof(bytes) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct stat sent, got;
	int pair[2], fd;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	ok(fd_send(pair[0], STDIN_FILENO, "/dev/ptmx", 10));
	assert_int_equal(recvmsg(pair[1], &message, MSG_CMSG_CLOEXEC), 10);
	assert_string_equal(bytes, "/dev/ptmx");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	assert_int_equal(fstat(STDIN_FILENO, &sent), 0);
	assert_int_equal(fstat(fd, &got), 0);
	assert_true(sent.st_dev == got.st_dev && sent.st_ino == got.st_ino);
	close(fd);
	/* No SIGPIPE. */
	close(pair[1]);
	fails(EPIPE, fd_send(pair[0], STDIN_FILENO, "x", 1));
	fails(EBADF, fd_send(pair[0], 12345, "x", 1));
	close(pair[0]);
}

/* ---- locks ---- */

static struct err *lock_here(const void *unused)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY);

	(void)unused;
	return fd_lock(fd, ".", 0);
}

/* A process that holds the lock on "." until it is killed. */
static pid_t holder(void)
{
	return process_after(lock_here, NULL);
}

static void test_lock_wait_is_bounded(void **state)
{
	auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sigaction before, after;
	sigset_t all, mask;
	struct itimerval alarm_set = { .it_value = { 1000, 0 } }, alarm_left;
	pid_t pid = holder();
	uint64_t start = now_us();

	(void)state;
	setitimer(ITIMER_REAL, &alarm_set, NULL);
	sigaction(SIGRTMAX, NULL, &before);
	fails(ETIMEDOUT, fd_lock(fd, "c1", 300));
	assert_in_range((now_us() - start) / 1000, 300, 2000);
	/* With all signals blocked, as in a process that reads them from a signalfd. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	start = now_us();
	fails(ETIMEDOUT, fd_lock(fd, "c1", 300));
	assert_in_range((now_us() - start) / 1000, 300, 2000);
	sigprocmask(SIG_SETMASK, &mask, &all);
	assert_true(sigismember(&all, SIGRTMAX));
	/* Handler and timers of the caller are as before. */
	sigaction(SIGRTMAX, NULL, &after);
	assert_ptr_equal(before.sa_handler, after.sa_handler);
	getitimer(ITIMER_REAL, &alarm_left);
	assert_in_range(alarm_left.it_value.tv_sec, 900, 1000);
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* The holder is killed while we wait: we have the lock, long before the limit. */
static void test_lock_of_a_killed_holder(void **state)
{
	auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid = holder(), killer = fork();
	uint64_t start = now_us();

	(void)state;
	assert_true(killer >= 0);
	if (killer == 0) {
		usleep(200 * 1000);
		_exit(kill(pid, SIGKILL));
	}
	ok(fd_lock(fd, "c1", 30000));
	assert_in_range((now_us() - start) / 1000, 100, 10000);
	waitpid(pid, NULL, 0);
	waitpid(killer, NULL, 0);
	fd_unlock(fd);
}

enum { WORKERS = 8, ROUNDS = 200 };

/* Adds one to the file "n", ROUNDS times, under the lock. */
static int worker(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		auto_fd int fd = open(".", O_RDONLY | O_DIRECTORY);
		auto_free char *text = NULL;
		char next[32];

		if (fd_lock(fd, ".", 20000) || path_read("n", &text, NULL))
			return 1;
		snprintf(next, sizeof(next), "%ld", strtol(text, NULL, 10) + 1);
		if (path_replace("n", next, strlen(next), 0600))
			return 1;
		if (i % 2)
			fd_unlock(fd);	/* else it ends with the descriptor */
	}
	return 0;
}

static void test_lock_excludes(void **state)
{
	auto_free char *text = NULL;
	int status;

	(void)state;
	ok(path_replace("n", "0", 1, 0600));
	for (int w = 0; w < WORKERS; w++)
		if (fork() == 0)
			_exit(worker());
	for (int w = 0; w < WORKERS; w++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	ok(path_read("n", &text, NULL));
	assert_int_equal(strtol(text, NULL, 10), WORKERS * ROUNDS);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stdio_open),
		TEST(test_stdio_check),
		TEST(test_ranges),
		TEST(test_read_write_all),
		TEST(test_read_at_once),
		TEST(test_read_write_all_interrupted),
		TEST(test_read_is_bounded),
		TEST(test_connect),
		TEST(test_connect_long_name),
		TEST(test_connect_fails),
		TEST(test_send),
		TEST(test_lock_wait_is_bounded),
		TEST(test_lock_of_a_killed_holder),
		TEST(test_lock_excludes),
	};

	return cmocka_run_group_tests_name("fd", tests, NULL, NULL);
}
