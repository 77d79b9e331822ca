/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets on which the commands of one container speak to each other. */
#include "hull/sys.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { ANSWER_S = 10 };			/* for others to accept */

struct err *socket_pair(int *ours, int *theirs)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return err_sys("socketpair", NULL);
	*ours = fds[0];
	*theirs = fds[1];
	return NULL;
}

/* A state directory may have a longer name than sun_path holds: go through its descriptor. */
static struct sockaddr_un address(const struct dir *d, const char *name)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	snprintf(sun.sun_path, sizeof(sun.sun_path), "/proc/self/fd/%d/%s", d->fd, name);
	return sun;
}

static struct err *socket_make(int *fd)
{
	*fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	return *fd < 0 ? err_sys("socket", NULL) : NULL;
}

struct err *socket_listen(const struct dir *d, const char *name, int *fd)
{
	struct sockaddr_un sun = address(d, name);
	auto_fd int s = -1;
	struct err *err = socket_make(&s);

	if (err)
		return err;
	if (bind(s, (const struct sockaddr *)&sun, sizeof(sun)) < 0)
		return err_add(err_sys("bind", name), "%s", d->path);
	if (listen(s, 1) < 0)
		return err_add(err_sys("listen", name), "%s", d->path);
	*fd = take_fd(&s);
	return NULL;
}

struct err *socket_accept(int listening, int *fd)
{
	int s;

	do {
		s = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	} while (s < 0 && errno == EINTR);
	if (s < 0)
		return err_sys("accept4", NULL);
	*fd = s;
	return NULL;
}

struct err *socket_connect(const struct dir *d, const char *name, int *fd)
{
	const struct timeval limit = { .tv_sec = ANSWER_S };
	struct sockaddr_un sun = address(d, name);
	auto_fd int s = -1;
	struct err *err = socket_make(&s);

	if (err)
		return err;
	(void)setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(s, (const struct sockaddr *)&sun, sizeof(sun)) == 0) {
		*fd = take_fd(&s);
		return NULL;
	}
	if (errno == EAGAIN)
		return err_new(ETIMEDOUT, "connect %s/%s: nobody accepted for %d s", d->path, name,
			       ANSWER_S);
	return err_add(err_sys("connect", name), "%s", d->path);
}

struct err *datagrams_receive(const struct dir *d, const char *name, int *fd)
{
	struct sockaddr_un sun = address(d, name);
	auto_fd int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	mode_t mask;
	int rc;

	if (s < 0)
		return err_sys("socket", NULL);
	mask = umask(0);		/* unix(7): the mode is 0777 less this */
	rc = bind(s, (const struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	if (rc < 0)
		return err_add(err_sys("bind", name), "%s", d->path);
	*fd = take_fd(&s);
	return NULL;
}

struct err *datagrams_send(const char *path, int *fd)
{
	const struct timeval limit = { .tv_sec = 2 };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	auto_fd int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t len = strlen(path);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);

	if (s < 0)
		return err_sys("socket", NULL);
	if (len >= sizeof(sun.sun_path))
		return err_new(ENAMETOOLONG, "connect %s: too long for a socket's address", path);
	memcpy(sun.sun_path, path, len);
	if (*path == '@')		/* abstract: exactly these bytes */
		*sun.sun_path = 0;
	else
		size++;
	(void)setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(s, (const struct sockaddr *)&sun, size) < 0)
		return err_sys("connect", path);
	*fd = take_fd(&s);
	return NULL;
}
