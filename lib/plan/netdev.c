/* SPDX-License-Identifier: Apache-2.0 */
/* linux.netDevices: what each is called in the container. The kernel knows if it can be moved. */
#include "rooms.h"

#include <string.h>

#include "sheet.h"

static const struct netdev_plan *called(const struct plan *plan, const char *name)
{
	for_each (d, &plan->net_devices)
		if (!strcmp(d->inside, name))
			return d;
	return NULL;
}

static void one_plan(struct planner *p, const struct oci_net_device *d)
{
	const char *inside = d->name && *d->name ? d->name : d->key;
	bool numbered = strchr(inside, '%');
	const struct netdev_plan *other = numbered ? NULL : called(p->plan, inside);

	if (other)
		refuse(p, d, "name", "%s will be called %s, too", other->name, inside);
	else
		*list_add(p->arena, &p->plan->net_devices) =
			(struct netdev_plan){ d->key, inside, numbered, d };
}

void netdev_plan(struct planner *p)
{
	if (p->config->spec.linux)
		for_each (d, &p->config->spec.linux->net_devices)
			one_plan(p, d);
}

void netdev_print(struct sheet *s, const struct plan *plan)
{
	for_each (d, &plan->net_devices) {
		sheet_line(s, "net-device", d->from, NULL);
		sheet_text(s, "name", d->name);
		sheet_text(s, "inside", d->inside);
		sheet_flag(s, "numbered", d->numbered);
	}
}
