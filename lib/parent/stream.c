/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One direction of what passes between the caller and the container. Nothing
 * here waits: who has no room is asked again when he has. Bytes are copied
 * (read, write): pages that splice(2) hands on would be the host's own, in
 * the hands of the container (CVE-2022-0847).
 */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>

enum { BUFFER = 256 * 1024 };

/* ^D on a terminal: once to end what is on the line, once for the end. */
static void terminal_eof(struct stream *s)
{
	struct termios modes;

	if (tcgetattr(s->to, &modes) < 0 || !(modes.c_lflag & ICANON))
		return;
	s->buffer[0] = s->buffer[1] = (char)modes.c_cc[VEOF];
	s->at = 0;
	s->end = s->last && s->last != '\n' ? 2 : 1;
}

/* There is nothing more to read; for a pipe that is passed on by closing it. */
static void stream_end(struct stream *s)
{
	close(take_fd(&s->from));
	if (s->terminal)
		terminal_eof(s);
	if (s->at == s->end)
		stream_stop(s);
}

/* What is made not to block takes what it can; to others poll(2) promises this much, files all. */
static size_t piece_of(int fd)
{
	struct stat st;

	if (fcntl(fd, F_GETFL) & O_NONBLOCK || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return BUFFER;
	return PIPE_BUF;
}

static bool again(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static void stream_read(struct stream *s)
{
	ssize_t n = recv(s->from, s->buffer, BUFFER, MSG_DONTWAIT);

	if (n < 0 && errno == ENOTSOCK)
		n = read(s->from, s->buffer, BUFFER); /* poll(2) said that it has some */
	if (n < 0 && again())
		return;
	s->at = s->end = 0;
	/* EIO: a terminal that nobody has open on the other side, or whose user we are not now. */
	if (n < 0)
		stream_stop(s);
	else if (n == 0)
		stream_end(s);
	if (n <= 0)
		return;
	s->end = (size_t)n;
	s->last = s->buffer[n - 1];
}

static void stream_write(struct stream *s)
{
	size_t size = s->end - s->at;
	ssize_t n = send(s->to, s->buffer + s->at, size, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno == ENOTSOCK)
		n = write(s->to, s->buffer + s->at, size < s->piece ? size : s->piece);
	if (n < 0 && again())
		return;
	if (n > 0)
		s->at += (size_t)n;
	else if (errno != EPIPE && errno != ECONNRESET)
		s->failed = errno;
	/* Nobody reads any more: the writer will hear of it from the kernel when we are gone. */
	if (n < 0 || (s->from < 0 && s->at == s->end))
		stream_stop(s);
}

void stream_make(struct stream *s, int *from, int *to)
{
	s->from = take_fd(from);
	s->to = take_fd(to);
	s->piece = piece_of(s->to);
	s->buffer = xmalloc(BUFFER);
}

void stream_stop(struct stream *s)
{
	close_p(&(int){ take_fd(&s->from) });
	if (!s->terminal)
		close_p(&(int){ take_fd(&s->to) });
	s->to = -1;
	free(take_ptr(&s->buffer));
	s->at = s->end = 0;
}

void stream_poll(const struct stream *s, struct pollfd *p)
{
	bool full = s->at < s->end;

	p[0] = (struct pollfd){ .fd = full ? -1 : s->from, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = s->to, .events = full ? POLLOUT : 0 };
}

void stream_move(struct stream *s, const struct pollfd *p)
{
	if (p[1].revents & (POLLERR | POLLHUP) && s->at == s->end) {
		stream_stop(s);
		return;
	}
	if (p[0].revents)
		stream_read(s);
	if (s->at < s->end && (p[0].revents || p[1].revents))
		stream_write(s);
}

bool stream_pending(const struct stream *s)
{
	struct pollfd p = { .fd = s->from, .events = POLLIN };

	return s->at < s->end || (s->from >= 0 && poll(&p, 1, 0) > 0);
}
