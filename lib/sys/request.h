/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_REQUEST_H
#define SYS_REQUEST_H

#include <linux/rtnetlink.h>

#include "hull/netlink.h"

/* Questions to rtnetlink(7), put together, sent and answered by netlink.c. */

enum { REQUEST_MAX = 1024 };

struct request {
	const char *words, *about;	/* for messages: what it is, and which device it is about */
	uint16_t answer;		/* the type of the messages that answer it; 0: none does */
	bool full;			/* something did not fit: it will not be sent */
	union {
		struct nlmsghdr head;
		char bytes[REQUEST_MAX];
	};
};

/* What is left to be read. */
struct bytes {
	const char *at;
	size_t left;
};

/* What is done with a message that answers; @data is the caller's. */
typedef void take_one(void *data, struct bytes body);

/* @body: a struct ifinfomsg or ifaddrmsg. */
void request_begin(struct request *r, uint16_t type, uint16_t flags, const void *body, size_t size);
void request_add(struct request *r, uint16_t type, const void *value, size_t size);
void request_add_number(struct request *r, uint16_t type, int value);
void request_add_text(struct request *r, uint16_t type, const char *text);

/* Sends a request and reads its answer up to the end. EAGAIN: it changed while it was read. */
struct err *request_answer(struct netlink *nl, struct request *r, take_one *take, void *data)
	MUST_CHECK;

/* EBADMSG. */
struct err *request_broken(const struct request *r) MUST_CHECK;

void bytes_skip(struct bytes *b, size_t n);

/* Takes an attribute off; false at the end, and at one that is longer than what is left. */
bool attr_next(struct bytes *b, uint16_t *type, struct bytes *value);

#endif
