/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets on which the commands of one container speak to each other. */
#include "hull/sys.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

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
	struct sockaddr_un sun = address(d, name);
	auto_fd int s = -1;
	struct err *err = socket_make(&s);

	if (err)
		return err;
	if (connect(s, (const struct sockaddr *)&sun, sizeof(sun)) < 0)
		return err_add(err_sys("connect", name), "%s", d->path);
	*fd = take_fd(&s);
	return NULL;
}
