/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between the two sides: see sync.h. */
#include "sync.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "hull/fd.h"

/* Never on the stack: of memory that is not written to no page is touched. */
enum { TEXT_MAX = 16 * 1024 };

struct header {
	int kind;
	pid_t pid;
};

static ssize_t send_message(int fd, enum message kind, pid_t pid, const char *text, size_t size)
{
	struct header h = { (int)kind, pid };
	struct iovec v[] = { { &h, sizeof(h) }, { (void *)text, size } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = countof(v) };

	return sendmsg(fd, &m, MSG_NOSIGNAL);
}

struct err *sync_arrive(int fd, const char *where, pid_t pid)
{
	if (send_message(fd, ARRIVED, pid, where, strlen(where)) >= 0)
		return NULL;
	/* A side that ended without a word: what it leaves behind is looked at by walk(). */
	if (errno == EPIPE || errno == ECONNRESET)
		return err_new(ECHILD, "the other side is gone");
	return err_sys("sendmsg", "the other side");
}

void sync_fail(int fd, const struct err *err)
{
	size_t size;
	auto_free char *bytes = err_pack(err, &size);

	(void)send_message(fd, FAILED, 0, bytes, size < TEXT_MAX ? size : TEXT_MAX);
}

/*
 * Receives one message; *n is the length of its text, -1 at the end of file,
 * or when there is none and we do not want to wait (MSG_DONTWAIT).
 * When a peer exits with a message of ours unread, the first recvmsg fails
 * with ECONNRESET and only the second returns the peer's last message.
 */
static struct err *receive(int fd, int flags, struct header *h, char *text, ssize_t *n)
{
	struct iovec v[] = { { h, sizeof(*h) }, { text, TEXT_MAX } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = countof(v) };
	bool reset = false;

	for (;;) {
		*n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | flags);
		if (*n >= (ssize_t)sizeof(*h))
			break;
		if (*n == 0 || (*n < 0 && errno == EAGAIN) ||
		    (*n < 0 && errno == ECONNRESET && reset)) {
			*n = -1;
			return NULL;
		}
		if (*n > 0)
			return err_new(EPROTO, "a message of the other side is cut off");
		reset = errno == ECONNRESET;
		if (!reset && errno != EINTR)
			return err_sys("recvmsg", "the other side");
	}
	*n -= (ssize_t)sizeof(*h);
	return h->kind == FAILED ? err_unpack(text, (size_t)*n) : NULL;
}

struct err *sync_wait(int fd, const char *where, pid_t *pid)
{
	auto_free char *text = xmalloc(TEXT_MAX);
	struct header h = { 0 };
	ssize_t n;
	struct err *err = receive(fd, 0, &h, text, &n);

	if (err)
		return err;
	if (n < 0)
		return err_new(ECHILD, "the other side is gone");
	if (h.kind != ARRIVED || (size_t)n != strlen(where) || memcmp(text, where, (size_t)n))
		return err_new(EPROTO, "the other side is at %.*s", (int)n, text);
	if (pid && h.pid)
		*pid = h.pid;
	return NULL;
}

/* Two messages: the descriptor goes with one that says nothing. */
struct err *sync_give(int fd, const char *where, int what)
{
	struct err *err = sync_arrive(fd, where, 0);

	return err ? err : fd_send(fd, what, "", 1);
}

struct err *sync_take(int fd, const char *where, int *what)
{
	struct err *err = sync_wait(fd, where, NULL);

	return err ? err : fd_receive(fd, what);
}

struct err *sync_wait_end(int fd)
{
	auto_free char *text = xmalloc(TEXT_MAX);
	struct header h = { 0 };
	ssize_t n;
	struct err *err = receive(fd, 0, &h, text, &n);

	if (!err && n >= 0)
		err = err_new(EPROTO, "the other side has more to say: %.*s", (int)n, text);
	return err;
}

struct err *sync_failure(int fd)
{
	auto_free char *text = xmalloc(TEXT_MAX);
	struct header h;
	ssize_t n;
	struct err *err;

	do {
		err = receive(fd, MSG_DONTWAIT, &h, text, &n);
	} while (!err && n >= 0);
	return err;
}

struct err *words_make(struct words **words)
{
	void *page = mmap(NULL, sizeof(**words), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			  -1, 0);

	if (page == MAP_FAILED)
		return err_sys("mmap", NULL);
	*words = page;
	return NULL;
}

void words_free(struct words *words)
{
	if (words)
		(void)munmap(words, sizeof(*words));
}

void words_name(struct words *words, const char *doing)
{
	if (!words)
		return;
	if (!memccpy(words->doing, doing, 0, sizeof(words->doing)))
		words->doing[sizeof(words->doing) - 1] = 0;
	__atomic_add_fetch(&words->beats, 1, __ATOMIC_RELEASE);
}

void words_say(struct words *words, const char *fmt, ...)
{
	va_list ap;

	if (!words)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(words->doing, sizeof(words->doing), fmt, ap);
	va_end(ap);
	__atomic_add_fetch(&words->beats, 1, __ATOMIC_RELEASE);
}

unsigned words_beats(const struct words *words)
{
	return words ? __atomic_load_n(&words->beats, __ATOMIC_ACQUIRE) : 0;
}

bool words_doing(const struct words *words, char to[WORDS_DOING])
{
	size_t n = 0;

	for (; n < WORDS_DOING - 1 && words->doing[n]; n++)
		to[n] = words->doing[n];
	to[n] = 0;
	return n;
}

void words_leave(struct words *words, const struct err *err)
{
	size_t size;
	auto_free char *bytes = err_pack(err, &size);

	if (size > sizeof(words->text))
		size = sizeof(words->text);
	memcpy(words->text, bytes, size);
	words->size = (unsigned)size;
}

struct err *words_take(const struct words *words)
{
	struct words own = *words;	/* what is looked at must not change meanwhile */

	if (!own.size)
		return NULL;
	return err_unpack(own.text, own.size < sizeof(own.text) ? own.size : sizeof(own.text));
}
