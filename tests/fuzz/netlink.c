/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel answers to rtnetlink(7) requests: a datagram, its messages of our request. */
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "hull/netlink.h"

enum { DATAGRAM_MAX = 30000 };

/* The kernel at the other end of the socket, which has said that much. */
static struct netlink answering(const void *datagram, size_t size)
{
	struct netlink nl = { 0 };
	int fds[2];

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
	must(send(fds[1], datagram, size, 0) == (ssize_t)size);
	must(shutdown(fds[1], SHUT_WR) == 0);
	nl.fd = fds[0];
	must(dup2(fds[1], 100) == 100); /* the other end stays open */
	close(fds[1]);
	return nl;
}

/* As far as they can be told apart: others are passed over. */
static void of_our_request(char *datagram, size_t size)
{
	struct nlmsghdr *h;

	for (size_t at = 0; at + sizeof(*h) <= size; at += NLMSG_ALIGN((size_t)h->nlmsg_len)) {
		h = (struct nlmsghdr *)(datagram + at);
		h->nlmsg_seq = 1;
		if (h->nlmsg_len < sizeof(*h) || h->nlmsg_len > size - at)
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_Alignas(struct nlmsghdr) char datagram[DATAGRAM_MAX];
	int index = 0;
	auto_arena struct arena a = { 0 };
	net_addresses list = { 0 };
	struct netlink nl;

	if (!size || size > sizeof(datagram))
		return 0;
	memcpy(datagram, data, size);
	of_our_request(datagram, size);
	nl = answering(datagram, size);
	err_free(addresses_read(&a, &nl, 4, &list));
	for_each (l, &list)
		must(l->body && l->size);
	close(nl.fd);
	nl = answering(datagram, size);
	err_free(link_find(&nl, "eth0", &index));
	close(nl.fd);
	return 0;
}
