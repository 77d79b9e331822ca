/* SPDX-License-Identifier: Apache-2.0 */
/* update: parts that are changed in this order, and all put back if one of them fails. */
#include "update.h"

#include <fcntl.h>
#include <string.h>

#include "hull/sys.h"

/* ---- the device filter ---- */

static struct err *filter_save(struct update *u)
{
	return u->plan->limits.cgroup.devices.n ? bpf_hold_devices(u->cgroup.fd, &u->filter) : NULL;
}

static struct err *filter_change(struct update *u)
{
	const struct plan *plan = &u->plan->limits;
	const struct device_filter *f = &plan->cgroup.devices;
	struct err *err;

	if (!f->n)
		return NULL;
	err = bpf_attach_devices(u->cgroup.fd, f->insns, f->n);
	u->filtered = !err;
	return err_at(err, plan->doc, plan->spec->linux->resources, "devices");
}

static struct err *filter_restore(struct update *u)
{
	return u->filtered ? bpf_restore_devices(u->cgroup.fd, u->filter) : NULL;
}

/* ---- the configuration, for commands to come ---- */

static struct err *config_change(struct update *u)
{
	const char *text = u->plan->config;

	return text ? dir_replace(&u->live->store->dir, "config.json", text, strlen(text)) : NULL;
}

/* clang-format off */
static const struct part {
	const char *name;
	struct err *(*save)(struct update *u);
	struct err *(*change)(struct update *u);
	struct err *(*restore)(struct update *u);
} parts[] = {
	{ "unit",	   NULL,	unit_change,   unit_restore },
	{ "cgroup-limits", limits_save, limits_change, limits_restore },
	{ "device-filter", filter_save, filter_change, filter_restore },
	{ "resctrl",       rdt_save,    rdt_change,    rdt_restore },
	{ "processes",     turns_save,  turns_change,  turns_restore },
	{ "config",        NULL,        config_change, NULL },	/* all or nothing, by itself */
};
/* clang-format on */

struct err *err_both(struct err *first, struct err *second)
{
	struct err *both;

	if (!first || !second)
		return first ? first : second;
	both = err_new(err_code(first), "%s; %s", err_text(first), err_text(second));
	err_free(first);
	err_free(second);
	return both;
}

/* From the part that failed, which may have been done by half, upwards. */
static struct err *put_back(struct update *u, size_t failed, struct err *err)
{
	auto_err struct err *left = NULL;

	for (size_t i = failed + 1; i-- > 0;)
		if (parts[i].restore)
			left = err_both(left, parts[i].restore(u));
	if (!left)
		return err;
	return err_add(err, "not all could be put back (%s) when this failed", err_text(left));
}

static struct err *parts_change(struct update *u)
{
	struct err *err = NULL;

	for (size_t i = 0; i < countof(parts) && !err; i++)
		if (parts[i].save)
			err = parts[i].save(u);
	if (err)
		return err;
	for (size_t i = 0; i < countof(parts); i++) {
		err = err_set(parts[i].change(u), ERR_STEP, "%s", parts[i].name);
		if (err)
			return put_back(u, i, err);
	}
	return NULL;
}

struct err *update_perform(const struct update_plan *plan, struct live *live)
{
	struct update u = {
		.plan = plan,
		.live = live,
		.cgroup = { live->cgroup, live->record->cgroup },
		.filter = -1,
		.group.fd = -1,
	};
	struct err *err = parts_change(&u);

	close_p(&u.filter);
	close_p(&u.group.fd);
	free(u.schemata);
	return err;
}
