/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of a runtime's sockets, on the host's side of the tests:
 *
 *	agent console SOCKET	takes one terminal, prints what came with it and
 *				then all that the container writes to it
 *	agent seccomp SOCKET	takes one seccomp listener, prints the state that
 *				came with it and answers every call with 4242
 *
 * Prints "ready" once the socket listens.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Waits for one connection at @path. */
static int accept_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (s < 0 || bind(s, (struct sockaddr *)&address, sizeof(address)) || listen(s, 1))
		return -1;
	chmod(path, 0666);
	puts("ready");
	fflush(stdout);
	return accept(s, NULL, NULL);
}

/* One message; prints its text and how many descriptors it had, returns the first. */
static int receive(int s)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control;
	char text[65536];
	struct iovec part = { text, sizeof(text) - 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(s, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&message);
	int fd = -1;

	if (!c || c->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	printf("%zu descriptor, %zd bytes: %.*s\n", (c->cmsg_len - CMSG_LEN(0)) / sizeof(int), n,
	       (int)n, text);
	fflush(stdout);
	return fd;
}

static int serve_console(int master)
{
	char text[4096];
	ssize_t n;

	/* EIO: the other side has closed its end. */
	while ((n = read(master, text, sizeof(text))) > 0)
		if (write(STDOUT_FILENO, text, (size_t)n) != n)
			return 1;
	return 0;
}

static int serve_seccomp(int listener)
{
	struct pollfd ready = { .fd = listener, .events = POLLIN };
	struct seccomp_notif_resp answer;
	struct seccomp_notif call;

	while (poll(&ready, 1, -1) > 0 && !(ready.revents & POLLHUP)) {
		memset(&call, 0, sizeof(call));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
			continue;
		answer = (struct seccomp_notif_resp){ .id = call.id, .val = 4242 };
		printf("call %d\n", call.data.nr);
		fflush(stdout);
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int s, fd;

	if (argc != 3)
		return 2;
	s = accept_at(argv[2]);
	fd = s < 0 ? -1 : receive(s);
	if (fd < 0) {
		fprintf(stderr, "agent: %s: %s\n", argv[2], strerror(errno));
		return 1;
	}
	return strcmp(argv[1], "console") ? serve_seccomp(fd) : serve_console(fd);
}
