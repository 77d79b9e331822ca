/* SPDX-License-Identifier: Apache-2.0 */
/* NOTIFY_SOCKET: see notify.h. */
#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hull/fd.h"
#include "hull/sys.h"
#include "parent.h"

enum {
	MESSAGE = 4096, /* systemd reads no more */
	OWN_LINE = 32,
	READY_MS = 90 * 1000, /* as systemd.service(5), TimeoutStartSec= */
	BARRIER_MS = 10 * 1000,
};

/* One datagram, with at most one descriptor. */
struct message {
	char text[MESSAGE + 1];
	int fd;
};

/* What a container may say of itself. Not FDSTORE, which would keep its descriptors in systemd. */
static bool is_passed(const char *line, size_t len)
{
	static const char *const passed[] = {
		"READY=",	   "RELOADING=",     "STOPPING=",
		"STATUS=",	   "ERRNO=",	     "BUSERROR=",
		"WATCHDOG=",	   "WATCHDOG_USEC=", "EXTEND_TIMEOUT_USEC=",
		"MONOTONIC_USEC=", "EXIT_STATUS=",
	};

	for (size_t i = 0; i < countof(passed); i++)
		if (len >= strlen(passed[i]) && !strncmp(line, passed[i], strlen(passed[i])))
			return true;
	return false;
}

static bool receive(int from, struct message *m)
{
	char control[CMSG_LEN(sizeof(int))];
	struct iovec v = { m->text, MESSAGE };
	struct msghdr h = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(from, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *c;

	m->fd = -1;
	if (n < 0)
		return false;
	m->text[n] = 0;
	c = CMSG_FIRSTHDR(&h);
	if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == sizeof(control))
		memcpy(&m->fd, CMSG_DATA(c), sizeof(m->fd));
	return true;
}

/* They that listen have stopped to read, or are gone: nothing that we could do. */
static void tell(const struct notify *n, const char *text, int fd)
{
	if (n->host < 0 || !*text)
		return;
	if (fd >= 0)
		err_free(fd_send(n->host, fd, text, strlen(text)));
	else
		(void)!send(n->host, text, strlen(text), MSG_NOSIGNAL);
}

/* The host's number of the container's process @text. */
static pid_t host_pid(const struct notify *n, const char *text)
{
	auto_arena struct arena a = { 0 };
	pid_list all = { 0 };
	size_t level = pid_levels(n->record->pid);
	long inside = strtol(text, NULL, 10);

	if (n->record->cgroup)
		err_free(cgroup_pids(&a, n->record->cgroup, &all));
	for_each (pid, &all)
		if (inside > 0 && pid_inside(*pid, level) == inside)
			return *pid;
	return 0;
}

/* The lines that may pass, in a text that is large enough. */
static void translate(struct notify *n, const char *from, char *to)
{
	pid_t main_pid = 0;

	*to = 0;
	for (const char *line = from; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t len = strcspn(line, "\n");

		if (!strncmp(line, "MAINPID=", 8))
			main_pid = host_pid(n, line + 8);
		if (len == 7 && !strncmp(line, "READY=1", 7))
			n->ready = true;
		if (is_passed(line, len)) {
			to = mempcpy(to, line, len);
			*to++ = '\n';
			*to = 0;
		}
	}
	/* If we stay, we are the main process: we hand on signals and the status. */
	if (!main_pid && n->wait && n->ready)
		main_pid = n->record->pid;
	if (main_pid)
		snprintf(to, OWN_LINE, "MAINPID=%d\n", main_pid);
}

void notify_pass(struct notify *n)
{
	struct message m;
	char text[MESSAGE + OWN_LINE + 2];

	while (n->container >= 0 && receive(n->container, &m)) {
		bool barrier = !strncmp(m.text, "BARRIER=1", 9) && m.fd >= 0;

		if (barrier) {
			tell(n, "BARRIER=1", m.fd);
		} else {
			translate(n, m.text, text);
			tell(n, text, -1);
		}
		close_p(&m.fd); /* the last copy of a barrier lets its sender go on */
	}
}

struct notify *notify_init(struct notify *n, const struct record *record, bool wait)
{
	const char *path = secure_getenv("NOTIFY_SOCKET");

	if (!path || !*path)
		return NULL;
	*n = (struct notify){
		.host_path = path, .wait = wait, .container = -1, .host = -1, .record = record
	};
	return n;
}

void notify_end(struct notify *n)
{
	close_p(&(int){ take_fd(&n->container) });
	close_p(&(int){ take_fd(&n->host) });
}

/* ---- steps ---- */

/* A directory, because it is mounted before `start` makes the socket. */
struct err *notify_make(const struct plan *plan, struct live *live)
{
	auto_fd int fd = -1;
	struct err *err;
	mode_t mask;

	(void)plan;
	if (!live->notify)
		return NULL;
	mask = umask(0); /* the program need not be root */
	err = dir_make(&live->store->dir, "notify", 0755, &fd);
	umask(mask);
	return err;
}

/* A caller's socket that is not there is no reason not to run. */
struct err *notify_listen(const struct plan *plan, struct live *live)
{
	auto_fd int fd = -1;
	struct notify *n = live->notify;
	struct dir d = { .path = "notify" };
	struct err *err;

	(void)plan;
	if (!n)
		return NULL;
	err = dir_enter(&live->store->dir, "notify", O_RDONLY | O_DIRECTORY, 0, &fd);
	if (err_code(err) == ENOENT) { /* `create` had none: it is not in the container */
		err_free(err);
		live->notify = NULL;
		return NULL;
	}
	d.fd = fd;
	if (!err)
		err = dir_remove_tree(&d, "notify.sock"); /* of a `start` that was killed */
	if (!err)
		err = datagrams_receive(&d, "notify.sock", &n->container);
	if (err)
		return err;
	err = datagrams_send(n->host_path, &n->host);
	if (err)
		live->warn(err_text(err));
	err_free(err);
	return NULL;
}

/*
 * systemd looks a sender up by its pid, which is ours: so we must be there
 * until it has read. It closes a descriptor sent with BARRIER=1 at that moment.
 */
static void barrier_await(const struct notify *n)
{
	struct pollfd p = { .events = 0 };
	int fds[2];

	if (n->host < 0 || pipe2(fds, O_CLOEXEC) < 0)
		return;
	tell(n, "BARRIER=1", fds[1]);
	close(fds[1]);
	p.fd = fds[0];
	err_free(poll_until(&p, 1, after_ms(BARRIER_MS)));
	close(fds[0]);
}

static struct err *ended(void)
{
	return err_new(ESRCH, "the container has ended without saying READY=1");
}

/* `run --detach` and `start` return when the container says that it is ready. */
struct err *notify_await(const struct plan *plan, struct live *live)
{
	struct notify *n = live->notify;
	uint64_t end = after_ms(READY_MS);
	auto_fd int pidfd = -1;
	struct err *err;

	(void)plan;
	if (!n || !n->wait)
		return NULL;
	err = record_pidfd(live->record, &pidfd);
	if (err_code(err) == ESRCH) {
		err_free(err);
		notify_pass(n);
		return n->ready ? NULL : ended();
	}
	while (!err && !n->ready) {
		struct pollfd p[] = { { .fd = n->container, .events = POLLIN },
				      { .fd = pidfd, .events = POLLIN } };

		err = poll_or_told(p, countof(p), end);
		notify_pass(n);
		if (!err && p[1].revents && !n->ready)
			err = ended();
	}
	if (err_code(err) == ETIME) {
		err_free(err);
		return err_new(ETIMEDOUT, "the container has not said READY=1 for %d s",
			       READY_MS / 1000);
	}
	if (!err)
		barrier_await(n);
	return err;
}
