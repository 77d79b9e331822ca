/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rtnetlink(7) by hand: the few messages that are needed here are no reason
 * for a library. What is written must fit into a request; what is read is
 * believed only as far as it was received.
 */
#include "hull/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "request.h"

enum { REPLY_MAX = 64 * 1024 };		/* the kernel sends 32 KiB at most */
enum { ERRNO_MAX = 4095 };		/* MAX_ERRNO of the kernel */

static struct err *request_send(struct netlink *nl, struct request *r)
{
	r->head.nlmsg_seq = ++nl->seq;
	errno = EMSGSIZE;
	if (r->full || send(nl->fd, r->bytes, r->head.nlmsg_len, MSG_NOSIGNAL) < 0)
		return err_sys(r->words, r->about);
	return NULL;
}

/* Takes a message off; false if it is shorter than it says. */
static bool message_next(struct bytes *b, struct nlmsghdr *m, struct bytes *body)
{
	if (b->left < sizeof(*m))
		return false;
	memcpy(m, b->at, sizeof(*m));
	if (m->nlmsg_len < sizeof(*m) || m->nlmsg_len > b->left)
		return false;
	*body = (struct bytes){ b->at + NLMSG_HDRLEN, m->nlmsg_len - NLMSG_HDRLEN };
	bytes_skip(b, NLMSG_ALIGN(m->nlmsg_len));
	return true;
}

/* What the kernel has to say about an error (NETLINK_EXT_ACK), or NULL. */
static const char *reason_find(const struct nlmsghdr *m, struct bytes body)
{
	struct bytes value;
	uint16_t type;

	if (!(m->nlmsg_flags & NLM_F_ACK_TLVS) || !(m->nlmsg_flags & NLM_F_CAPPED))
		return NULL;
	bytes_skip(&body, sizeof(struct nlmsgerr));
	while (attr_next(&body, &type, &value))
		if (type == NLMSGERR_ATTR_MSG && value.left && !value.at[value.left - 1])
			return value.at;
	return NULL;
}

/* The end of an answer begins with an errno, 0 for success. */
static struct err *end_read(const struct request *r, const struct nlmsghdr *m, struct bytes body)
{
	const char *reason;
	struct err *err;
	int code;

	if (body.left < sizeof(code))
		return request_broken(r);
	memcpy(&code, body.at, sizeof(code));
	if (!code)
		return NULL;
	if (code > 0 || code < -ERRNO_MAX)
		return request_broken(r);
	reason = m->nlmsg_type == NLMSG_ERROR ? reason_find(m, body) : NULL;
	errno = -code;
	err = err_sys(r->words, r->about);
	return reason ? err_add(err, "the kernel says \"%s\"", reason) : err;
}

static struct err *messages_read(const struct netlink *nl, const struct request *r,
				 struct bytes all, take_one *take, void *data, bool *done)
{
	struct nlmsghdr m;
	struct bytes body;

	while (all.left && !*done) {
		if (!message_next(&all, &m, &body))
			return request_broken(r);
		if (m.nlmsg_seq != nl->seq)	/* of a request that was given up */
			continue;
		if (m.nlmsg_flags & NLM_F_DUMP_INTR)
			return err_new(EAGAIN, "%s: changed while it was read", r->words);
		*done = m.nlmsg_type == NLMSG_ERROR || m.nlmsg_type == NLMSG_DONE;
		if (*done)
			return end_read(r, &m, body);
		if (r->answer && m.nlmsg_type == r->answer)
			take(data, body);
	}
	return NULL;
}

struct err *netlink_open(struct netlink *nl)
{
	static const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	static const int on = 1;
	auto_fd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return err_sys("socket", "NETLINK_ROUTE");
	/* Without them its errors are numbers and nothing else. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	/* Connected: nobody but the kernel can answer. */
	if (connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return err_sys("connect", "NETLINK_ROUTE");
	*nl = (struct netlink){ .fd = take_fd(&fd) };
	return NULL;
}

void request_begin(struct request *r, uint16_t type, uint16_t flags, const void *body, size_t size)
{
	r->head.nlmsg_len = (uint32_t)NLMSG_SPACE(size);
	r->head.nlmsg_type = type;
	r->head.nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(NLMSG_DATA(&r->head), body, size);
}

void request_add(struct request *r, uint16_t type, const void *value, size_t size)
{
	struct rtattr attr = { .rta_type = type, .rta_len = (uint16_t)RTA_LENGTH(size) };
	char *to = r->bytes + r->head.nlmsg_len;

	if (size > REQUEST_MAX || RTA_SPACE(size) > REQUEST_MAX - r->head.nlmsg_len) {
		r->full = true;
		return;
	}
	memcpy(to, &attr, sizeof(attr));
	memcpy(to + RTA_LENGTH(0), value, size);
	r->head.nlmsg_len += (uint32_t)RTA_SPACE(size);
}

void request_add_number(struct request *r, uint16_t type, int value)
{
	request_add(r, type, &value, sizeof(value));
}

void request_add_text(struct request *r, uint16_t type, const char *text)
{
	request_add(r, type, text, strlen(text) + 1);
}

struct err *request_broken(const struct request *r)
{
	return err_new(EBADMSG, "%s %s: the answer makes no sense", r->words, r->about);
}

void bytes_skip(struct bytes *b, size_t n)
{
	n = n < b->left ? n : b->left;
	b->at += n;
	b->left -= n;
}

bool attr_next(struct bytes *b, uint16_t *type, struct bytes *value)
{
	struct rtattr attr;

	if (b->left < sizeof(attr))
		return false;
	memcpy(&attr, b->at, sizeof(attr));
	if (attr.rta_len < sizeof(attr) || attr.rta_len > b->left)
		return false;
	*type = attr.rta_type;
	*value = (struct bytes){ b->at + RTA_LENGTH(0), attr.rta_len - RTA_LENGTH(0) };
	bytes_skip(b, RTA_ALIGN(attr.rta_len));
	return true;
}

struct err *request_answer(struct netlink *nl, struct request *r, take_one *take, void *data)
{
	auto_free char *reply = xmalloc(REPLY_MAX);
	struct err *err = request_send(nl, r);
	bool done = false;

	while (!err && !done) {
		ssize_t n = recv(nl->fd, reply, REPLY_MAX, MSG_TRUNC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(r->words, r->about);
		if (n == 0 || n > REPLY_MAX)
			return request_broken(r);
		err = messages_read(nl, r, (struct bytes){ reply, (size_t)n }, take, data, &done);
	}
	return err;
}
