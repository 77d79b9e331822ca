/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_NETLINK_H
#define HULL_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "hull/mem.h"

/*
 * As much of rtnetlink(7) as moving a network device takes. A socket speaks
 * for the network namespace in which it was opened. ENODEV: no such device.
 * What the kernel says about a mistake is part of the error.
 */
struct netlink {
	int fd;
	uint32_t seq;			/* of the last request */
};

/* An address of a device. */
struct net_address {
	uint32_t flags;			/* IFA_F_* */
	unsigned scope;			/* RT_SCOPE_* */
	const void *body;		/* struct ifaddrmsg and attributes, as the kernel sent them */
	size_t size;
};
typedef LIST(struct net_address) net_addresses;

struct err *netlink_open(struct netlink *nl) MUST_CHECK;

struct err *link_find(struct netlink *nl, const char *name, int *index) MUST_CHECK;

/* An index that no device has: @index, or the next one that is free. */
struct err *link_index_free(struct netlink *nl, int *index) MUST_CHECK;

/*
 * Moves a device to the network namespace @netns. There it has index
 * @new_index and the name @name, which may be a template ("eth%d").
 */
struct err *link_move(struct netlink *nl, int index, int netns, const char *name, int new_index)
	MUST_CHECK;

struct err *link_up(struct netlink *nl, int index) MUST_CHECK;

/* All addresses of a device, of all families, in the order in which they were added. */
struct err *addresses_read(struct arena *a, struct netlink *nl, int index, net_addresses *list)
	MUST_CHECK;

/*
 * Gives the device at @index that address, without its lifetimes; and, unless
 * @keep_label, without its label, which begins with the name of the device.
 */
struct err *address_add(struct netlink *nl, int index, const struct net_address *address,
			bool keep_label) MUST_CHECK;

#endif
