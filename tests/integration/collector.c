/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	collector SOCKET DIRECTORY
 *
 * A seccomp agent that only counts: writes all that comes over the Nth
 * connection, until its end, to DIRECTORY/N.json, and to DIRECTORY/N.fds how
 * many descriptors each message had, a line for a message. Calls are answered
 * with 4242 (getppid) or go on. Prints "ready" once the socket listens.
 */
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* One message of at most 1000 bytes; adds what it had to both files, gives a descriptor that came. */
static ssize_t take(int s, FILE *text, FILE *counts, int *fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(8 * sizeof(int))];
	} control;
	char bytes[1000];
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(s, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	size_t fds = c ? (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;

	if (n <= 0)
		return n;
	if (fds)
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	fwrite(bytes, 1, (size_t)n, text);
	fprintf(counts, "%zu\n", fds);
	return n;
}

static void answer(int listener)
{
	struct pollfd ready = { .fd = listener, .events = POLLIN };
	struct seccomp_notif_resp reply;
	struct seccomp_notif call;

	while (poll(&ready, 1, -1) > 0 && !(ready.revents & POLLHUP)) {
		memset(&call, 0, sizeof(call));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
			continue;
		reply = (struct seccomp_notif_resp){ .id = call.id };
		if (call.data.nr == SYS_getppid)
			reply.val = 4242;
		else
			reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
	}
	_exit(0);		/* the files in our memory are the parent's to write */
}

static void serve(int listening, int s, const char *dir, int n)
{
	char path[4096], whole[4096];
	FILE *text, *counts;
	int fd = -1;

	snprintf(path, sizeof(path), "%s/%d.part", dir, n);
	text = fopen(path, "we");
	snprintf(path, sizeof(path), "%s/%d.fds", dir, n);
	counts = fopen(path, "we");
	if (!text || !counts)
		exit(1);
	while (take(s, text, counts, &fd) > 0) {
		if (fd < 0)
			continue;
		/* At once: the very next call of the other side may wait for it. */
		if (!fork()) {
			close(listening);
			close(s);
			answer(fd);
		}
		close(fd);
		fd = -1;
	}
	fclose(text);
	fclose(counts);
	/* Its name says that it is whole. */
	snprintf(path, sizeof(path), "%s/%d.part", dir, n);
	snprintf(whole, sizeof(whole), "%s/%d.json", dir, n);
	if (rename(path, whole))
		exit(1);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 3 || s < 0)
		return 2;
	signal(SIGCHLD, SIG_IGN);
	strncpy(address.sun_path, argv[1], sizeof(address.sun_path) - 1);
	if (bind(s, (struct sockaddr *)&address, sizeof(address)) || listen(s, 8))
		return 1;
	puts("ready");
	fflush(stdout);
	for (int n = 1;; n++) {
		int c = accept4(s, NULL, NULL, SOCK_CLOEXEC);

		if (c < 0)
			return 1;
		serve(s, c, argv[2], n);
		close(c);
	}
}
