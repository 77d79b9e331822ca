/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes and window size between the caller's terminal and the container's. */
#include "wait.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "hull/fd.h"

enum { PIECE = 4096 };

struct err *relay_receive(int socket, int *master)
{
	char text[64], control[CMSG_SPACE(sizeof(int))];
	struct iovec v = { text, sizeof(text) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;

	if (recvmsg(socket, &m, MSG_CMSG_CLOEXEC) <= 0)
		return err_sys("recvmsg", "the terminal");
	c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_type != SCM_RIGHTS)
		return err_new(EPROTO, "no terminal came from the container");
	memcpy(master, CMSG_DATA(c), sizeof(*master));
	return NULL;
}

struct err *relay_begin(struct relay *r, int master)
{
	struct termios raw;

	r->master = master;
	r->in_open = true;
	if (tcgetattr(STDIN_FILENO, r->saved) < 0)
		return NULL;	/* not a terminal: bytes are passed all the same */
	raw = *r->saved;
	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
		return err_sys("tcsetattr", "the terminal");
	r->raw = true;
	relay_resize(r);
	return NULL;
}

void relay_resize(const struct relay *r)
{
	struct winsize size;

	if (r->master >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		(void)ioctl(r->master, TIOCSWINSZ, &size);
}

/* True if there may be more. */
static bool pass(int from, int to)
{
	char piece[PIECE];
	ssize_t n = read(from, piece, sizeof(piece));
	struct err *err;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0)
		return false;	/* EIO: nobody has the container's terminal open any more */
	err = fd_write_all(to, "the terminal", piece, (size_t)n);
	err_free(err);
	return !err;
}

bool relay_input(struct relay *r)
{
	static const char eof = 4;

	r->in_open = pass(STDIN_FILENO, r->master);
	/* Our end of file is what Ctrl-D is on a terminal. */
	if (!r->in_open)
		err_free(fd_write_all(r->master, "the terminal", &eof, 1));
	return r->in_open;
}

bool relay_output(struct relay *r)
{
	return pass(r->master, STDOUT_FILENO);
}

void relay_end(struct relay *r)
{
	if (r->raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, r->saved);	/* it may be gone */
	r->raw = false;
}
