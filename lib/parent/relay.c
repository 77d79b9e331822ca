/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's standard descriptors and what the container has in their place. */
#include "wait.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "hull/fd.h"
#include "hull/sys.h"

enum {
	PIPE_SIZE = 256 * 1024, /* as far as we may: fs.pipe-user-pages-soft */
	ANSWER_MS = 10 * 1000,	/* for the child to send its terminal */
};

/*
 * A description of our own, so that the caller's and those of everybody else
 * who shares it stay blocking. Files never block; sockets can be told so for
 * one call, but not opened anew.
 */
static struct err *own_copy(int fd, int flags, int *copy)
{
	struct stat st;

	*copy = -1;
	if (fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)))
		*copy = fd_reopen(fd, flags | O_NONBLOCK | O_NOCTTY);
	if (*copy < 0)
		*copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return *copy < 0 ? err_sys("fcntl F_DUPFD_CLOEXEC", NULL) : NULL;
}

/* ---- pipes ---- */

/* What a container may have itself. */
static bool is_harmless(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	       (S_ISFIFO(st.st_mode) || (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)));
}

static bool is_same(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* Our end does not block, the container's does, as it would without us. */
static struct err *pipe_make(int *ours, int *theirs, bool we_read)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys("pipe2", NULL);
	*ours = fds[we_read ? 0 : 1];
	*theirs = fds[we_read ? 1 : 0];
	(void)fcntl(*ours, F_SETPIPE_SZ, PIPE_SIZE); /* a smaller one works, too */
	(void)fchmod(*theirs, 0666);	/* any user inside may open /dev/stderr, as nginx does */
	if (fcntl(*ours, F_SETFL, O_NONBLOCK) < 0)
		return err_sys("fcntl F_SETFL", NULL);
	return NULL;
}

static struct err *input_make(struct relay *r)
{
	auto_fd int ours = -1;
	auto_fd int copy = -1;
	struct err *err;

	if (is_harmless(STDIN_FILENO))
		return NULL;
	err = own_copy(STDIN_FILENO, O_RDONLY, &copy);
	if (!err)
		err = pipe_make(&ours, &r->stdio[STDIN_FILENO], false);
	if (!err)
		stream_make(&r->in, &copy, &ours);
	return err;
}

static struct err *output_make(struct relay *r, struct stream *s, int fd)
{
	auto_fd int ours = -1;
	auto_fd int copy = -1;
	struct err *err;

	if (is_harmless(fd))
		return NULL;
	err = own_copy(fd, O_WRONLY, &copy);
	if (!err)
		err = pipe_make(&ours, &r->stdio[fd], true);
	if (!err)
		stream_make(s, &ours, &copy);
	return err;
}

static struct err *pipes_make(struct relay *r)
{
	struct err *err = input_make(r);

	if (!err)
		err = output_make(r, &r->out, STDOUT_FILENO);
	if (err)
		return err;
	/* One way for both, or what went to one file would change its order. */
	if (r->out.from >= 0 && is_same(STDOUT_FILENO, STDERR_FILENO)) {
		r->stdio[STDERR_FILENO] = fcntl(r->stdio[STDOUT_FILENO], F_DUPFD_CLOEXEC, 3);
		return r->stdio[STDERR_FILENO] < 0 ? err_sys("fcntl F_DUPFD_CLOEXEC", NULL) : NULL;
	}
	return output_make(r, &r->err, STDERR_FILENO);
}

/* ---- a terminal ---- */

static struct err *master_receive(int socket, int *master)
{
	char text[64], control[CMSG_SPACE(sizeof(int))];
	struct iovec v = { text, sizeof(text) };
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct pollfd p = { .fd = socket, .events = POLLIN };
	struct cmsghdr *c;
	struct err *err = poll_until(&p, 1, after_ms(ANSWER_MS));

	if (err) {
		err_free(err);
		return err_new(ETIMEDOUT, "no terminal came from the container for %d s",
			       ANSWER_MS / 1000);
	}
	if (recvmsg(socket, &m, MSG_CMSG_CLOEXEC) <= 0)
		return err_sys("recvmsg", "the terminal");
	c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_type != SCM_RIGHTS)
		return err_new(EPROTO, "no terminal came from the container");
	memcpy(master, CMSG_DATA(c), sizeof(*master));
	return NULL;
}

/*
 * We keep the other side open, too: a program like an init closes its
 * terminal and opens it again, and between the two it would seem to be gone.
 */
static struct err *master_prepare(struct relay *r)
{
	r->slave = ioctl(r->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fcntl(r->master, F_SETFL, O_NONBLOCK) < 0)
		return err_sys("fcntl F_SETFL", "the terminal");
	return NULL;
}

static void window_read(struct relay *r)
{
	for (int fd = 0; fd < 3; fd++)
		if (ioctl(fd, TIOCGWINSZ, &r->window) == 0)
			return;
}

/* Not in the background of a shell: there the terminal is somebody else's now. */
static void raw_set(struct relay *r)
{
	struct termios raw = r->saved;
	pid_t foreground = tcgetpgrp(STDIN_FILENO);

	if (!r->tty || (foreground > 0 && foreground != getpgrp()))
		return;
	cfmakeraw(&raw);
	r->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static struct err *terminal_begin(struct relay *r)
{
	auto_fd int in = -1;
	auto_fd int out = -1;
	auto_fd int to = -1;
	auto_fd int from = -1;
	struct err *err = master_receive(r->socket, &r->master);

	if (!err)
		err = master_prepare(r);
	if (!err)
		err = own_copy(STDIN_FILENO, O_RDONLY, &in);
	if (!err)
		err = own_copy(STDOUT_FILENO, O_WRONLY, &out);
	if (err)
		return err;
	/* To open a master anew would be to make another terminal. */
	from = fcntl(r->master, F_DUPFD_CLOEXEC, 3);
	if (from < 0)
		return err_sys("fcntl F_DUPFD_CLOEXEC", "the terminal");
	to = r->master;
	r->in.terminal = true;
	stream_make(&r->in, &in, &to);
	stream_make(&r->out, &from, &out);
	r->tty = tcgetattr(STDIN_FILENO, &r->saved) == 0;
	raw_set(r);
	relay_resize(r);
	return NULL;
}

/* ---- all of it ---- */

struct err *relay_make(struct relay *r, bool terminal)
{
	if (!terminal)
		return pipes_make(r);
	window_read(r);
	return socket_pair(&r->socket, &r->theirs);
}

/*
 * We must not be a further reader or writer of what the caller shares with
 * the container, or he would not learn that it has closed its own. Standard
 * error stays: we may have something to say.
 */
static struct err *stdio_leave(void)
{
	auto_fd int null = -1;
	struct err *err = path_open("/dev/null", O_RDWR, &null);

	if (!err && (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0))
		err = err_sys("dup2", "/dev/null");
	return err;
}

struct err *relay_begin(struct relay *r)
{
	if (r->socket >= 0)
		return terminal_begin(r);
	for (int fd = 0; fd < 3; fd++)
		close_p(&(int){ take_fd(&r->stdio[fd]) });
	return stdio_leave();
}

void relay_poll(const struct relay *r, struct pollfd *p)
{
	stream_poll(&r->in, p);
	stream_poll(&r->out, p + 2);
	stream_poll(&r->err, p + 4);
}

void relay_move(struct relay *r, const struct pollfd *p)
{
	stream_move(&r->in, p);
	stream_move(&r->out, p + 2);
	stream_move(&r->err, p + 4);
}

bool relay_pending(struct relay *r)
{
	stream_stop(&r->in);
	/* Without ours the end of the terminal's bytes shows. */
	close_p(&(int){ take_fd(&r->slave) });
	return stream_pending(&r->out) || stream_pending(&r->err);
}

void relay_resize(struct relay *r)
{
	window_read(r);
	if (r->master >= 0 && r->window.ws_row)
		(void)ioctl(r->master, TIOCSWINSZ, &r->window);
}

void relay_continue(struct relay *r)
{
	raw_set(r);
	relay_resize(r);
}

void relay_end(struct relay *r)
{
	int *fds[] = { &r->socket, &r->theirs, &r->slave };

	stream_stop(&r->in);
	stream_stop(&r->out);
	stream_stop(&r->err);
	if (r->raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &r->saved); /* it may be gone */
	r->raw = false;
	close_p(&(int){ take_fd(&r->master) });
	for (int fd = 0; fd < 3; fd++)
		close_p(&(int){ take_fd(&r->stdio[fd]) });
	for (size_t i = 0; i < countof(fds); i++)
		close_p(&(int){ take_fd(fds[i]) });
}
