/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of a container: the writing of the plan's values into the files of its cgroup. */
#include "parent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hull/sys.h"

/* The file is not there: its controller is not. */
static struct err *limit_error(const struct live *live, const struct dir *d,
			       const struct cgroup_write *w)
{
	int len = (int)strcspn(w->file, ".");
	auto_free char *have = NULL;
	struct err *err;

	err_free(dir_read(d, "cgroup.controllers", &have, NULL));
	if (have)
		have[strcspn(have, "\n")] = 0;
	err = err_new(ENOENT, "%s: controller %.*s is not available in cgroup %s (which has: %s)",
		      w->file, len, w->file, d->path, have && *have ? have : "none");
	if (live->host->cgroup_v1)
		err = err_set(err, ERR_HINT, "this host binds it to cgroup v1; boot with "
			      "systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=all");
	else if (live->host->euid != 0)
		err = err_set(err, ERR_HINT,
			      "it must be delegated to ordinary users: see "
			      "\"Delegation\" in systemd.resource-control(5)");
	return err;
}

/* config-linux.md, "checkBeforeUpdate": the kernel would rather kill than refuse. */
struct err *limit_use_check(const struct dir *d, const struct cgroup_write *w)
{
	auto_free char *text = NULL;
	struct err *err = w->used ? dir_read(d, w->used, &text, NULL) : NULL;

	if (err_code(err) == ENOENT) {		/* then the limit cannot be written either */
		err_free(err);
		return NULL;
	}
	if (err || !text || !strcmp(w->value, "max") ||
	    strtoull(text, NULL, 10) <= strtoull(w->value, NULL, 10))
		return err;
	/* Engines look for the beginning. */
	return err_new(EBUSY, "rejecting %s limit %s: below current usage (%.*s)",
		       strcmp(w->file, "memory.max") ? "memory+swap" : "memory", w->value,
		       (int)strcspn(text, "\n"), text);
}

struct err *limit_write(const struct live *live, const struct dir *d, const struct cgroup_write *w)
{
	struct err *err = limit_use_check(d, w);

	if (!err)
		err = dir_write(d, w->file, w->value);
	if (err_code(err) == ENOENT && w->other_file) {
		err_free(err);
		err = dir_write(d, w->other_file, w->other_value);
	}
	if (err_code(err) != ENOENT)
		return err;
	err_free(err);
	/* What the kernel does anyway needs no file. */
	if (w->unset && !strcmp(w->value, w->unset))
		return NULL;
	return limit_error(live, d, w);
}

struct err *cgroup_limit(const struct plan *plan, struct live *live)
{
	struct dir d = { live->cgroup, live->record->cgroup };

	for_each (w, &plan->cgroup.writes) {
		struct err *err;

		if (live->cgroup < 0)
			return err_new(ENOENT, "no cgroup to limit");
		err = limit_write(live, &d, w);
		if (err)
			return err_at(err_add(err, "set %s to %s", w->file, w->value), plan->doc,
				      w->from, w->member);
	}
	return NULL;
}

struct err *cgroup_filter_devices(const struct plan *plan, struct live *live)
{
	const struct device_filter *f = &plan->cgroup.devices;
	struct err *err;

	if (!f->n || live->cgroup < 0)
		return NULL;
	err = bpf_attach_devices(live->cgroup, f->insns, f->n);
	return err_at(err, plan->doc, &plan->spec->linux->resources->devices, NULL);
}
