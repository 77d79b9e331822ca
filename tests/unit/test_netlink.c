/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rtnetlink: with a kernel that the test plays, who may say anything; and, as
 * root, with the real one in a network namespace of its own.
 */
#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "hull/netlink.h"

#include "check.h"

/* ---- a kernel of our own ---- */

struct played {
	struct arena arena;
	struct netlink nl;
	int kernel;			/* its end of the socket */
	int host;			/* with the real one: the network namespace that we came from */
};

/* A datagram that is put together piece by piece. */
struct datagram {
	_Alignas(struct nlmsghdr) char bytes[4096];
	size_t size, last;		/* where the last message begins */
};

static int played_open(void **state)
{
	struct played *p = calloc(1, sizeof(*p));
	int fds[2];

	*state = p;
	if (!p || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	p->nl.fd = fds[0];
	p->kernel = fds[1];
	p->host = -1;
	return 0;
}

static int played_close(void **state)
{
	struct played *p = *state;

	close(p->nl.fd);
	close_p(&p->kernel);
	if (p->host >= 0 && setns(p->host, CLONE_NEWNET) == 0)
		close(p->host);
	arena_free(&p->arena);
	free(p);
	return 0;
}

static struct nlmsghdr *head(struct datagram *d)
{
	return (struct nlmsghdr *)(d->bytes + d->last);
}

static void message(struct datagram *d, uint16_t type, uint16_t flags, uint32_t seq,
		    const void *body, size_t size)
{
	d->last = d->size;
	*head(d) = (struct nlmsghdr){ (uint32_t)NLMSG_LENGTH(size), type, flags, seq, 0 };
	memcpy(NLMSG_DATA(head(d)), body, size);
	d->size += NLMSG_SPACE(size);
}

static void attribute(struct datagram *d, uint16_t type, const void *value, size_t size)
{
	struct rtattr attr = { (uint16_t)RTA_LENGTH(size), type };

	memcpy(d->bytes + d->size, &attr, sizeof(attr));
	memcpy(d->bytes + d->size + RTA_LENGTH(0), value, size);
	d->size += RTA_SPACE(size);
	head(d)->nlmsg_len = (uint32_t)(d->size - d->last);
}

static void ack(struct datagram *d, uint32_t seq, int code, uint16_t flags)
{
	struct nlmsgerr e = { .error = -code };

	message(d, NLMSG_ERROR, flags, seq, &e, sizeof(e));
}

static void link_message(struct datagram *d, uint32_t seq, int index)
{
	struct ifinfomsg link = { .ifi_index = index };

	message(d, RTM_NEWLINK, 0, seq, &link, sizeof(link));
	attribute(d, IFLA_IFNAME, "eth0", 5);
}

static void say(struct played *p, const struct datagram *d)
{
	assert_int_equal(send(p->kernel, d->bytes, d->size, 0), d->size);
}

static void test_question(void **state)
{
	struct played *p = *state;
	struct datagram d = { 0 };
	_Alignas(struct nlmsghdr) char sent[256];
	const struct nlmsghdr *m = (const struct nlmsghdr *)sent;
	const struct rtattr *attr = (const struct rtattr *)(sent + NLMSG_SPACE(sizeof(struct ifinfomsg)));
	int index = -1;
	ssize_t n;

	link_message(&d, 1, 7);
	ack(&d, 1, 0, NLM_F_CAPPED);
	say(p, &d);
	ok(link_find(&p->nl, "eth0", &index));
	assert_int_equal(index, 7);
	n = recv(p->kernel, sent, sizeof(sent), 0);
	assert_int_equal(n, m->nlmsg_len);
	assert_int_equal(m->nlmsg_type, RTM_GETLINK);
	assert_int_equal(m->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	assert_int_equal(m->nlmsg_seq, 1);
	assert_int_equal(m->nlmsg_len, NLMSG_SPACE(sizeof(struct ifinfomsg)) + RTA_SPACE(5));
	assert_int_equal(attr->rta_type, IFLA_IFNAME);
	assert_int_equal(attr->rta_len, RTA_LENGTH(5));
	assert_string_equal(RTA_DATA(attr), "eth0");
}

static void test_several_datagrams(void **state)
{
	struct played *p = *state;
	struct datagram stale = { 0 }, answer = { 0 }, end = { 0 };
	int index = -1;

	link_message(&stale, 77, 9);
	ack(&stale, 77, ENODEV, 0);
	say(p, &stale);
	link_message(&answer, 1, 7);
	say(p, &answer);
	ack(&end, 1, 0, 0);
	say(p, &end);
	ok(link_find(&p->nl, "eth0", &index));
	assert_int_equal(index, 7);
}

static void test_errors(void **state)
{
	static const struct {
		const char *reason;
		size_t size;
		uint16_t flags;
		const char *text;
	} cases[] = {
		{ "", 0, NLM_F_CAPPED, "rtnetlink RTM_GETLINK eth0: no such device (ENODEV)" },
		{ "it is gone", 11, NLM_F_CAPPED | NLM_F_ACK_TLVS,
		  "the kernel says \"it is gone\": rtnetlink RTM_GETLINK eth0: no such device" },
		/* Not all of it, or not where we look. */
		{ "it is gone", 10, NLM_F_CAPPED | NLM_F_ACK_TLVS, "rtnetlink RTM_GETLINK eth0: no" },
		{ "it is gone", 11, NLM_F_ACK_TLVS, "rtnetlink RTM_GETLINK eth0: no" },
	};
	struct played *p = *state;
	int index = -1;

	for (size_t i = 0; i < countof(cases); i++) {
		struct datagram d = { 0 };

		ack(&d, (uint32_t)i + 1, ENODEV, cases[i].flags);
		if (cases[i].size)
			attribute(&d, NLMSGERR_ATTR_MSG, cases[i].reason, cases[i].size);
		say(p, &d);
		fails_with(ENODEV, cases[i].text, link_find(&p->nl, "eth0", &index));
	}
	assert_int_equal(index, -1);
}

/* Whatever an answer says about its own length, or as its end. */
static void test_broken_answers(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 15, 17, 5000, UINT32_MAX, UINT32_MAX - 3 };
	static const int codes[] = { -ENODEV, 4096, INT_MAX, -INT_MAX };
	struct played *p = *state;
	struct datagram d;
	int index = -1;
	uint32_t seq = 1;

	for (size_t i = 0; i < countof(lengths); i++, seq++) {
		memset(&d, 0, sizeof(d));
		ack(&d, seq, 0, 0);
		head(&d)->nlmsg_len = lengths[i];
		say(p, &d);
		fails_with(EBADMSG, "makes no sense", link_find(&p->nl, "eth0", &index));
	}
	for (size_t size = 1; size < NLMSG_LENGTH(sizeof(struct nlmsgerr)); size++, seq++) {
		memset(&d, 0, sizeof(d));
		ack(&d, seq, 0, 0);
		d.size = size;
		say(p, &d);
		fails_with(EBADMSG, "makes no sense", link_find(&p->nl, "eth0", &index));
	}
	/* What is no errno. */
	for (size_t i = 0; i < countof(codes); i++, seq++) {
		memset(&d, 0, sizeof(d));
		ack(&d, seq, codes[i], 0);
		say(p, &d);
		fails_with(EBADMSG, "makes no sense", link_find(&p->nl, "eth0", &index));
	}
	/* A device without an index. */
	memset(&d, 0, sizeof(d));
	message(&d, RTM_NEWLINK, 0, seq, "abc", 3);
	ack(&d, seq, 0, 0);
	say(p, &d);
	fails_with(EBADMSG, "makes no sense", link_find(&p->nl, "eth0", &index));
	shutdown(p->kernel, SHUT_WR);
	fails_with(EBADMSG, "makes no sense", link_find(&p->nl, "eth0", &index));
	assert_int_equal(index, -1);
}

static void address_message(struct datagram *d, uint32_t seq, unsigned index, uint16_t flags)
{
	struct ifaddrmsg a = { AF_INET, 24, IFA_F_PERMANENT, RT_SCOPE_UNIVERSE, index };

	message(d, RTM_NEWADDR, flags, seq, &a, sizeof(a));
	attribute(d, IFA_LOCAL, "\12\0\0\1", 4);
}

static void test_addresses(void **state)
{
	struct played *p = *state;
	struct datagram first = { 0 }, second = { 0 };
	net_addresses list = { 0 };
	uint32_t flags = IFA_F_PERMANENT | IFA_F_NOPREFIXROUTE;

	address_message(&first, 1, 4, NLM_F_MULTI);
	address_message(&first, 1, 5, NLM_F_MULTI);
	say(p, &first);
	address_message(&second, 1, 4, NLM_F_MULTI);
	attribute(&second, IFA_FLAGS, &flags, sizeof(flags));
	/* Longer than the message: what comes before it counts. */
	attribute(&second, IFA_LABEL, "x", 1);
	second.bytes[second.size - RTA_SPACE(1)] = 100;
	message(&second, NLMSG_DONE, NLM_F_MULTI, 1, &(int){ 0 }, sizeof(int));
	say(p, &second);
	ok(addresses_read(&p->arena, &p->nl, 4, &list));
	assert_int_equal(list.n, 2);
	assert_int_equal(list.v[0].flags, IFA_F_PERMANENT);
	assert_int_equal(list.v[0].scope, RT_SCOPE_UNIVERSE);
	assert_int_equal(list.v[1].flags, flags);
}

/* What changed while it was read is read again; the rest of the first answer is skipped. */
static void test_interrupted(void **state)
{
	struct played *p = *state;
	struct datagram first = { 0 }, second = { 0 };
	net_addresses list = { 0 };

	address_message(&first, 1, 4, NLM_F_MULTI | NLM_F_DUMP_INTR);
	say(p, &first);
	memset(&first, 0, sizeof(first));
	address_message(&first, 1, 4, NLM_F_MULTI | NLM_F_DUMP_INTR);
	message(&first, NLMSG_DONE, NLM_F_MULTI | NLM_F_DUMP_INTR, 1, &(int){ 0 }, sizeof(int));
	say(p, &first);
	address_message(&second, 2, 4, NLM_F_MULTI);
	message(&second, NLMSG_DONE, NLM_F_MULTI, 2, &(int){ 0 }, sizeof(int));
	say(p, &second);
	ok(addresses_read(&p->arena, &p->nl, 4, &list));
	assert_int_equal(list.n, 1);
}

static void test_dump_fails(void **state)
{
	struct played *p = *state;
	struct datagram d = { 0 };
	net_addresses list = { 0 };

	address_message(&d, 1, 4, NLM_F_MULTI);
	message(&d, NLMSG_DONE, NLM_F_MULTI, 1, &(int){ -ENOMEM }, sizeof(int));
	say(p, &d);
	fails_with(ENOMEM, "RTM_GETADDR", addresses_read(&p->arena, &p->nl, 4, &list));
	assert_int_equal(list.n, 0);
}

/* The attributes of @body, a request for an address: which types are there. */
static unsigned types_in(const char *sent, size_t size)
{
	unsigned types = 0;

	for (size_t at = NLMSG_SPACE(sizeof(struct ifaddrmsg)); at < size;) {
		const struct rtattr *attr = (const struct rtattr *)(sent + at);

		types |= 1U << attr->rta_type;
		at += RTA_ALIGN(attr->rta_len);
	}
	return types;
}

static void test_address_again(void **state)
{
	struct played *p = *state;
	struct datagram from = { 0 };
	_Alignas(struct nlmsghdr) char sent[1024];
	const struct nlmsghdr *m = (const struct nlmsghdr *)sent;
	const struct ifaddrmsg *a = NLMSG_DATA(m);
	struct net_address address = { 0 };
	struct ifa_cacheinfo cache = { 1, 2, 3, 4 };

	address_message(&from, 1, 4, 0);
	attribute(&from, IFA_LABEL, "eth0:1", 7);
	attribute(&from, IFA_CACHEINFO, &cache, sizeof(cache));
	address.body = NLMSG_DATA(head(&from));
	address.size = from.size - NLMSG_HDRLEN;
	for (int keep = 0; keep < 2; keep++) {
		struct datagram d = { 0 };
		ssize_t n;

		ack(&d, (uint32_t)keep + 1, 0, 0);
		say(p, &d);
		ok(address_add(&p->nl, 9, &address, keep));
		n = recv(p->kernel, sent, sizeof(sent), 0);
		assert_int_equal(n, m->nlmsg_len);
		assert_int_equal(m->nlmsg_type, RTM_NEWADDR);
		assert_int_equal(a->ifa_index, 9);
		assert_int_equal(a->ifa_prefixlen, 24);
		assert_int_equal(types_in(sent, (size_t)n), 1U << IFA_LOCAL | (keep ? 1U << IFA_LABEL : 0));
	}
}

/* What does not fit is not sent. */
static void test_too_long(void **state)
{
	static const char zeros[3000];
	struct played *p = *state;
	struct net_address address = { 0 };
	char text[16];

	for (size_t size = 900; size < 3000; size += 500) {
		struct datagram from = { 0 };

		address_message(&from, 1, 4, 0);
		attribute(&from, IFA_LABEL, zeros, size);
		attribute(&from, IFA_LABEL, zeros, 100);
		address.body = NLMSG_DATA(head(&from));
		address.size = from.size - NLMSG_HDRLEN;
		fails_with(EMSGSIZE, "RTM_NEWADDR", address_add(&p->nl, 9, &address, true));
	}
	assert_int_equal(recv(p->kernel, text, sizeof(text), MSG_DONTWAIT), -1);
}

/* ---- the real one ---- */

static int real_open(void **state)
{
	struct played *p = calloc(1, sizeof(*p));
	struct err *err;

	*state = p;
	if (!p)
		return -1;
	p->kernel = -1;
	p->host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (p->host < 0 || unshare(CLONE_NEWNET) < 0)
		return -1;
	err = netlink_open(&p->nl);
	ok(err);
	return 0;
}

static void test_devices(void **state)
{
	struct played *p = *state;
	int lo = -1, index = 1;

	ok(link_find(&p->nl, "lo", &lo));
	assert_int_equal(lo, 1);
	fails_with(ENODEV, "none0", link_find(&p->nl, "none0", &lo));
	fails_with(ERANGE, "RTM_GETLINK", link_find(&p->nl, "a name of more than 15 bytes", &lo));
	ok(link_index_free(&p->nl, &index));
	assert_true(index > 1);
	ok(link_up(&p->nl, 1));
	fails_with(ENODEV, "RTM_NEWLINK", link_up(&p->nl, 77777));
}

/* Of an address on "lo": its family, and whether it is among those that move with a device. */
static size_t count(const net_addresses *list, int family, bool global)
{
	size_t n = 0;

	for_each (a, list) {
		struct ifaddrmsg m;

		memcpy(&m, a->body, sizeof(m));
		n += m.ifa_family == family &&
		     global == (a->scope == RT_SCOPE_UNIVERSE && a->flags & IFA_F_PERMANENT);
	}
	return n;
}

static void test_addresses_of_lo(void **state)
{
	struct played *p = *state;
	struct datagram d = { 0 };
	struct net_address address;
	net_addresses list = { 0 };

	ok(link_up(&p->nl, 1));
	address_message(&d, 1, 99, 0);
	address = (struct net_address){ .body = NLMSG_DATA(head(&d)), .size = d.size - NLMSG_HDRLEN };
	ok(address_add(&p->nl, 1, &address, true));
	fails_with(EEXIST, "RTM_NEWADDR", address_add(&p->nl, 1, &address, true));
	fails_with(ENODEV, "RTM_NEWADDR", address_add(&p->nl, 99, &address, true));
	ok(addresses_read(&p->arena, &p->nl, 1, &list));
	assert_int_equal(count(&list, AF_INET, true), 1);
	assert_int_equal(count(&list, AF_INET, false), 1);	/* 127.0.0.1 */
	ok(addresses_read(&p->arena, &p->nl, 2, &list));
	assert_int_equal(list.n, 0);
}

static void test_lo_does_not_move(void **state)
{
	struct played *p = *state;

	fails_with(EINVAL, "RTM_NEWLINK", link_move(&p->nl, 1, p->host, "lo", 1));
	fails_with(ENODEV, "RTM_NEWLINK", link_move(&p->nl, 77777, p->host, "x", 1));
}

int main(void)
{
	const struct CMUnitTest played[] = {
		cmocka_unit_test_setup_teardown(test_question, played_open, played_close),
		cmocka_unit_test_setup_teardown(test_several_datagrams, played_open, played_close),
		cmocka_unit_test_setup_teardown(test_errors, played_open, played_close),
		cmocka_unit_test_setup_teardown(test_broken_answers, played_open, played_close),
		cmocka_unit_test_setup_teardown(test_addresses, played_open, played_close),
		cmocka_unit_test_setup_teardown(test_interrupted, played_open, played_close),
		cmocka_unit_test_setup_teardown(test_dump_fails, played_open, played_close),
		cmocka_unit_test_setup_teardown(test_address_again, played_open, played_close),
		cmocka_unit_test_setup_teardown(test_too_long, played_open, played_close),
	};
	const struct CMUnitTest real[] = {
		cmocka_unit_test_setup_teardown(test_devices, real_open, played_close),
		cmocka_unit_test_setup_teardown(test_addresses_of_lo, real_open, played_close),
		cmocka_unit_test_setup_teardown(test_lo_does_not_move, real_open, played_close),
	};
	int failed = cmocka_run_group_tests_name("netlink", played, NULL, NULL);

	if (geteuid()) {
		print_message("[  SKIPPED ] netlink with the kernel: needs root\n");
		return failed;
	}
	return failed + cmocka_run_group_tests_name("netlink with the kernel", real, NULL, NULL);
}
