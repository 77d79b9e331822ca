/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves network devices to the container, with their addresses, which the
 * kernel drops on the way. It takes a look and a hand on both sides, and the
 * host's privileges, which the container may lack even in the namespace that
 * it joined. So it is done by a short-lived process of ours that goes there:
 * we ourselves never leave the host. Nothing is ever moved back: the kernel
 * destroys or returns what is left in a namespace that ends.
 */
#include "parent.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <string.h>

#include "hull/netlink.h"
#include "hull/sys.h"

enum { ERROR_MAX = 4096 };		/* bytes of one that the other process sends */

struct move {
	const struct plan *plan;
	struct arena *arena;
	int netns;			/* where to */
	struct netlink host, inside;
};

static struct err *device_error(const struct move *m, const struct netdev_plan *d,
				const char *member, struct err *err)
{
	return err_at(err_add(err, "network device %s", d->name), m->plan->doc, d->from, member);
}

/* What can be known before anything is moved. */
static struct err *device_check(struct move *m, const struct netdev_plan *d, int *index)
{
	struct err *err = link_find(&m->host, d->name, index);
	int taken;

	if (err_code(err) == ENODEV) {
		err_free(err);
		return device_error(m, d, NULL, err_new(ENODEV, "there is none"));
	}
	if (err || d->numbered)
		return device_error(m, d, NULL, err);
	err = link_find(&m->inside, d->inside, &taken);
	if (err_code(err) == ENODEV) {
		err_free(err);
		return NULL;
	}
	if (!err)
		err = err_new(EEXIST, "the name %s is taken where it is to go", d->inside);
	return device_error(m, d, "name", err);
}

/* config-linux.md, "Network Devices": those that the kernel did not give it by itself. */
static bool is_kept(const struct net_address *address)
{
	return address->flags & IFA_F_PERMANENT && address->scope == RT_SCOPE_UNIVERSE;
}

/* From here on its index names it: what a template became, only the kernel knows. */
static struct err *device_furnish(struct move *m, const struct netdev_plan *d, int index,
				  const net_addresses *addresses)
{
	struct err *err = NULL;

	for_each (address, addresses)
		if (!err && is_kept(address))
			err = address_add(&m->inside, index, address, !strcmp(d->name, d->inside));
	return err ? err : link_up(&m->inside, index);
}

static struct err *device_move(struct move *m, const struct netdev_plan *d, int index)
{
	net_addresses addresses = { 0 };
	int new_index = index;
	struct err *err = addresses_read(m->arena, &m->host, index, &addresses);

	if (!err)
		err = link_index_free(&m->inside, &new_index);
	if (!err)
		err = link_move(&m->host, index, m->netns, d->inside, new_index);
	if (err_code(err) == EPERM)
		err = err_set(err, ERR_HINT, "it takes CAP_NET_ADMIN here and there");
	if (!err)
		err = device_furnish(m, d, new_index, &addresses);
	return device_error(m, d, NULL, err);
}

static struct err *devices_move(struct move *m)
{
	const struct plan *plan = m->plan;
	int *index = arena_array(m->arena, int, plan->net_devices.n);
	struct err *err = netlink_open(&m->host);

	if (!err)
		err = namespace_join(m->netns, CLONE_NEWNET, "the container's network namespace");
	if (!err)
		err = netlink_open(&m->inside);
	for (size_t i = 0; i < plan->net_devices.n && !err; i++)
		err = device_check(m, &plan->net_devices.v[i], &index[i]);
	for (size_t i = 0; i < plan->net_devices.n && !err; i++)
		err = device_move(m, &plan->net_devices.v[i], index[i]);
	return err;
}

/* ---- the process that goes there ---- */

static _Noreturn void helper_main(struct move *m, int say)
{
	struct err *err = devices_move(m);
	size_t size = 0;
	char *bytes = err ? err_pack(err, &size) : NULL;

	if (bytes)
		(void)!write(say, bytes, size < ERROR_MAX ? size : ERROR_MAX);
	_exit(err ? 1 : 0);
}

static struct err *helper_run(struct move *m)
{
	auto_fd int from = -1;
	auto_fd int say = -1;
	auto_free char *bytes = NULL;
	struct err *err = socket_pair(&from, &say);
	int status;
	size_t n;
	pid_t pid;

	if (!err)
		err = process_clone(0, -1, &pid, NULL);
	if (err)
		return err;
	if (!pid)
		helper_main(m, say);
	close(take_fd(&say));
	err = child_hear(pid, from, &bytes, &n, &status);
	if (err)
		return err;
	if (n > 0)
		return err_unpack(bytes, n);
	if (status)
		err = err_new(ECHILD, "the process that moves them ended with status %d", status);
	return err;
}

struct err *netdevs_move(const struct plan *plan, struct live *live)
{
	struct move m = { .plan = plan, .arena = live->arena };
	auto_fd int netns = -1;
	struct err *err;

	if (!plan->net_devices.n)
		return NULL;
	err = namespace_open(arena_printf(live->arena, "/proc/%d/ns/net", live->pid), CLONE_NEWNET,
			     &netns);
	m.netns = netns;
	if (!err)
		err = helper_run(&m);
	return err_at(err, plan->doc, &plan->spec->linux->net_devices, NULL);
}
