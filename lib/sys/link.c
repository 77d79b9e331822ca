/* SPDX-License-Identifier: Apache-2.0 */
/* Network devices and their addresses, by rtnetlink(7). */
#include "hull/netlink.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "request.h"

enum { DUMP_TRIES = 100 };	/* of a list that others change meanwhile */

/* ---- devices ---- */

static void link_take(void *data, struct bytes body)
{
	struct ifinfomsg link;

	if (body.left < sizeof(link))
		return;
	memcpy(&link, body.at, sizeof(link));
	*(int *)data = link.ifi_index;
}

/* By its name; or by its index, if @name is NULL. */
static struct err *link_get(struct netlink *nl, const char *name, int *index)
{
	struct ifinfomsg link = { .ifi_index = name ? 0 : *index };
	struct request r = {
		.words = "rtnetlink RTM_GETLINK",
		.about = name ? name : "by its index",
		.answer = RTM_NEWLINK,
	};
	struct err *err;
	int found = 0;

	request_begin(&r, RTM_GETLINK, NLM_F_ACK, &link, sizeof(link));
	if (name)
		request_add_text(&r, IFLA_IFNAME, name);
	err = request_answer(nl, &r, link_take, &found);
	if (!err && found <= 0)
		err = request_broken(&r);
	if (!err)
		*index = found;
	return err;
}

/* ---- addresses ---- */

struct collection {
	struct arena *arena;
	unsigned index;
	net_addresses *list;
};

static void address_take(void *data, struct bytes body)
{
	const struct collection *c = data;
	struct bytes attrs = body, value;
	struct net_address *address;
	struct ifaddrmsg head;
	uint16_t type;

	if (body.left < sizeof(head))
		return;
	memcpy(&head, body.at, sizeof(head));
	if (head.ifa_index != c->index)
		return;
	address = list_add(c->arena, c->list);
	address->flags = head.ifa_flags;
	address->scope = head.ifa_scope;
	address->size = body.left;
	address->body = memcpy(arena_alloc(c->arena, body.left, 1), body.at, body.left);
	bytes_skip(&attrs, NLMSG_ALIGN(sizeof(head)));
	while (attr_next(&attrs, &type, &value))
		if (type == IFA_FLAGS && value.left == sizeof(address->flags))
			memcpy(&address->flags, value.at, value.left);
}

struct err *link_find(struct netlink *nl, const char *name, int *index)
{
	return link_get(nl, name, index);
}

struct err *link_index_free(struct netlink *nl, int *index)
{
	for (int i = *index; i < INT_MAX; i++) {
		struct err *err = link_get(nl, NULL, &(int){ i });

		if (!err)
			continue;
		if (err_code(err) != ENODEV)
			return err;
		err_free(err);
		*index = i;
		return NULL;
	}
	return err_new(ENOSPC, "no index is free for a network device");
}

struct err *link_move(struct netlink *nl, int index, int netns, const char *name, int new_index)
{
	struct ifinfomsg link = { .ifi_index = index };
	struct request r = { .words = "rtnetlink RTM_NEWLINK", .about = name };

	request_begin(&r, RTM_NEWLINK, NLM_F_ACK, &link, sizeof(link));
	request_add_number(&r, IFLA_NET_NS_FD, netns);
	request_add_number(&r, IFLA_NEW_IFINDEX, new_index);
	request_add_text(&r, IFLA_IFNAME, name);
	return request_answer(nl, &r, NULL, NULL);
}

struct err *link_up(struct netlink *nl, int index)
{
	struct ifinfomsg link = { .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct request r = { .words = "rtnetlink RTM_NEWLINK", .about = "up" };

	request_begin(&r, RTM_NEWLINK, NLM_F_ACK, &link, sizeof(link));
	return request_answer(nl, &r, NULL, NULL);
}

struct err *addresses_read(struct arena *a, struct netlink *nl, int index, net_addresses *list)
{
	struct ifaddrmsg all = { .ifa_family = AF_UNSPEC };
	struct err *err = NULL;

	for (int i = 0; i < DUMP_TRIES; i++) {
		struct request r = {
			.words = "rtnetlink RTM_GETADDR",
			.about = "of all devices",
			.answer = RTM_NEWADDR,
		};
		net_addresses found = { 0 };
		struct collection c = { a, (unsigned)index, &found };

		request_begin(&r, RTM_GETADDR, NLM_F_DUMP, &all, sizeof(all));
		err_free(err);
		err = request_answer(nl, &r, address_take, &c);
		if (!err)
			*list = found;
		if (err_code(err) != EAGAIN)
			return err;
	}
	return err;
}

struct err *address_add(struct netlink *nl, int index, const struct net_address *address,
			bool keep_label)
{
	struct request r = { .words = "rtnetlink RTM_NEWADDR", .about = "an address" };
	struct bytes attrs = { address->body, address->size }, value;
	struct ifaddrmsg head;
	uint16_t type;

	memcpy(&head, address->body, sizeof(head));
	head.ifa_index = (unsigned)index;
	request_begin(&r, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
	bytes_skip(&attrs, NLMSG_ALIGN(sizeof(head)));
	while (attr_next(&attrs, &type, &value))
		if (type != IFA_CACHEINFO && (type != IFA_LABEL || keep_label))
			request_add(&r, type, value.at, value.left);
	return request_answer(nl, &r, NULL, NULL);
}
