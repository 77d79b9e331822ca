/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The devices of a container as systemd can express them: it knows a device, a
 * major number and a whole kind, and that something is allowed, while a rule
 * may also deny and may leave out the major number alone. What is said here
 * allows at least what the container's own filter does; both are asked.
 */
#include "unit.h"

#include <inttypes.h>
#include <linux/bpf.h>

static const char *specifier(struct arena *a, const struct device_rule *r, bool block)
{
	const char *kind = block ? "block" : "char";

	if (r->major == DEVICE_ANY)
		return arena_printf(a, "%s-*", kind);
	if (r->minor == DEVICE_ANY)
		return arena_printf(a, "%s-%" PRId64, kind, r->major);
	return arena_printf(a, "/dev/%s/%" PRId64 ":%" PRId64, kind, r->major, r->minor);
}

static const char *access_words(struct arena *a, int access)
{
	return arena_printf(a, "%s%s%s", access & BPF_DEVCG_ACC_READ ? "r" : "",
			    access & BPF_DEVCG_ACC_WRITE ? "w" : "",
			    access & BPF_DEVCG_ACC_MKNOD ? "m" : "");
}

static void rule_add(struct arena *a, const struct device_rule *r, struct unit_property *p)
{
	for (int block = 0; block < 2; block++)
		if (r->type == DEVICE_ANY ||
		    r->type == (block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR))
			*list_add(a, &p->items) = (struct unit_item){
				.text = specifier(a, r, block),
				.word = access_words(a, r->access),
			};
}

void unit_devices(struct arena *a, const struct device_filter *filter, unit_properties *list)
{
	const struct device_rule *last;

	if (!filter->rules.n)
		return;
	last = &filter->rules.v[filter->rules.n - 1];
	unit_text(a, list, "DevicePolicy", "s", last->allow ? "auto" : "strict");
	/* An empty list takes back what was said before; what follows is added. */
	*list_add(a, list) = (struct unit_property){ .name = "DeviceAllow", .type = "a(ss)" };
	if (last->allow)
		return;
	*list_add(a, list) = (struct unit_property){ .name = "DeviceAllow", .type = "a(ss)" };
	for_each (r, &filter->rules)
		if (r->allow)
			rule_add(a, r, &list->v[list->n - 1]);
}
