/* SPDX-License-Identifier: Apache-2.0 */
/* File descriptors: the standard three, whole writes, sockets, locks. */
#include "hull/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/un.h>
#include <time.h>

#include "hull/dir.h"

enum { ANSWER_S = 10 };		/* for the other side of a socket */

/* What makes a standard descriptor a way out of the container, or NULL. */
static const char *stdio_danger(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct statfs fs;
	struct stat st;

	if (flags < 0)
		return errno == EBADF ? NULL : "unreadable";
	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return "unreadable";
	if (S_ISDIR(st.st_mode))
		return "a directory";
	if (flags & O_PATH)
		return "an O_PATH descriptor";
	if ((unsigned long)fs.f_type == NSFS_MAGIC)
		return "a namespace";
	return NULL;
}

static struct err *range_close(unsigned first, int flags)
{
	return close_range(first, UINT_MAX, flags) < 0 ? err_sys("close_range", NULL) : NULL;
}

/* The address of @path; through @node, a descriptor of the socket, if it is too long for one. */
static void address_set(struct sockaddr_un *address, const char *path, int node)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (node < 0)
		memcpy(address->sun_path, path, strlen(path));
	else
		snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d", node);
}

static void ignore(int signal)
{
	(void)signal;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* flock(2) until it succeeds, fails, or @end has passed (EINTR). */
static int lock_until(int fd, int64_t end)
{
	int rc;

	do
		rc = flock(fd, LOCK_EX);
	while (rc < 0 && errno == EINTR && now_ms() < end);
	return rc;
}

/*
 * flock(2) knows no time limit, but a signal ends its wait. The timer is our
 * own, so alarms of the caller stay what they are; it goes on ticking, for
 * the first signal may come just before flock(2) sleeps.
 */
static int lock_wait(int fd, unsigned timeout_ms)
{
	struct sigaction old_action, action = { .sa_handler = ignore };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMAX };
	struct itimerspec when = {
		.it_value = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L + 1 },
		.it_interval = { 0, 50 * 1000000L },
	};
	int64_t end = now_ms() + timeout_ms;
	sigset_t ours, old_mask;
	timer_t timer;
	int rc, code;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
		return -1;
	sigemptyset(&ours);
	sigaddset(&ours, SIGRTMAX);
	sigaction(SIGRTMAX, &action, &old_action);
	sigprocmask(SIG_UNBLOCK, &ours, &old_mask);
	timer_settime(timer, 0, &when, NULL);
	rc = lock_until(fd, end);
	code = errno;
	timer_delete(timer);
	sigprocmask(SIG_SETMASK, &old_mask, NULL);
	sigaction(SIGRTMAX, &old_action, NULL);
	errno = code;
	return rc;
}

struct err *fd_stdio_open(void)
{
	struct pollfd standard[] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };

	/* One call, if there is nothing to say about them: a closed one would be POLLNVAL. */
	if (poll(standard, countof(standard), 0) == 0)
		return NULL;
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* The lowest free number is taken: this one. Not close-on-exec. */
		if (open("/dev/null", O_RDWR) != fd)
			return err_sys("open", "/dev/null");
	}
	return NULL;
}

struct err *fd_stdio_check(void)
{
	static const char *const words[] = { "standard input", "standard output",
					     "standard error" };

	for (int fd = 0; fd <= 2; fd++) {
		const char *danger = stdio_danger(fd);

		if (danger)
			return err_set(err_new(EINVAL, "%s (fd %d) is %s: the container could get "
					       "out through it", words[fd], fd, danger),
				       ERR_HINT, "redirect it to a file, a pipe or /dev/null");
	}
	return NULL;
}

struct err *fd_kept_check(unsigned first, unsigned n)
{
	auto_arena struct arena a = { 0 };
	auto_fd int fd = -1;
	struct dir d = { .path = "/proc/self/fd" };
	names open_now = { 0 };
	struct err *err = n ? path_open(d.path, O_RDONLY | O_DIRECTORY, &fd) : NULL;

	d.fd = fd;
	if (!err && n)
		err = dir_list(&a, &d, &open_now);
	for_each (name, &open_now) {
		long number = strtol(*name, NULL, 10);
		const char *danger;

		if (number == fd || number < (long)first || number >= (long)first + n)
			continue;
		danger = err ? NULL : stdio_danger((int)number);
		if (danger)
			err = err_new(EINVAL, "descriptor %ld, which is to be kept, is %s: the "
				      "container could get out through it", number, danger);
	}
	return err;
}

struct err *fd_cloexec_from(unsigned first)
{
	return range_close(first, CLOSE_RANGE_CLOEXEC);
}

struct err *fd_close_from(unsigned first)
{
	return range_close(first, 0);
}

struct err *fd_write_all(int fd, const char *path, const void *bytes, size_t size)
{
	const char *p = bytes;

	while (size > 0) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys("write", path);
		p += n;
		size -= (size_t)n;
	}
	return NULL;
}

struct err *fd_connect(const char *path, int *fd)
{
	const struct timeval limit = { .tv_sec = ANSWER_S };
	auto_fd int socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	auto_fd int node = -1;
	struct sockaddr_un address;
	struct err *err = NULL;
	int rc;

	if (socket_fd < 0)
		return err_sys("socket", path);
	if (strlen(path) >= sizeof(address.sun_path))
		err = path_open(path, O_PATH, &node);
	if (err)
		return err_add(err, "connect %s", path);
	address_set(&address, path, node);
	/* A peer that accepts nobody must not hold us for ever: socket(7). */
	(void)setsockopt(socket_fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	do
		rc = connect(socket_fd, (struct sockaddr *)&address, sizeof(address));
	while (rc < 0 && errno == EINTR);
	if (rc < 0 && errno == EAGAIN)
		return err_new(ETIMEDOUT, "connect %s: nobody accepted for %d s", path, ANSWER_S);
	if (rc < 0)
		return err_sys("connect", path);
	*fd = take_fd(&socket_fd);
	return NULL;
}

int fd_reopen(int fd, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return openat(AT_FDCWD, path, flags | O_CLOEXEC);
}

bool fd_readlink(int fd, char *to, size_t size)
{
	ssize_t n = readlinkat(fd, "", to, size - 1);

	if (n >= 0)
		to[n] = 0;
	return n >= 0;
}

/* Room for one file descriptor beside a message. */
union gift { struct cmsghdr align; char space[CMSG_SPACE(sizeof(int))]; };

struct err *fd_send(int socket, int fd, const void *bytes, size_t size)
{
	union gift control = { 0 };
	struct iovec data = { .iov_base = (void *)bytes, .iov_len = size };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control.space, .msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	ssize_t n;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	do
		n = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n >= 0 && (size_t)n < size)
		errno = EMSGSIZE;
	return n == (ssize_t)size ? NULL : err_sys("sendmsg", "a file descriptor");
}

struct err *fd_receive(int socket, int *fd)
{
	union gift control = { 0 };
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control.space, .msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *c;
	ssize_t n;

	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys("recvmsg", "a file descriptor");
	c = CMSG_FIRSTHDR(&message);
	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int)))
		return err_new(EPROTO, "a message came without its file descriptor");
	memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return NULL;
}

struct err *fd_lock(int fd, const char *path, unsigned timeout_ms)
{
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return NULL;
	if (errno != EWOULDBLOCK)
		return err_sys("flock", path);
	if (!lock_wait(fd, timeout_ms))
		return NULL;
	if (errno != EINTR)
		return err_sys("flock", path);
	return err_new(ETIMEDOUT, "flock %s: still locked after %u ms", path, timeout_ms);
}

void fd_unlock(int fd)
{
	(void)flock(fd, LOCK_UN);
}
