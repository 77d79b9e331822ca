/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of a container: the writing of the plan's values into the files of its cgroup. */
#include "parent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hull/cpu_list.h"
#include "hull/sys.h"

/* The file is not there: mostly because its controller is not. */
static struct err *limit_error(const struct live *live, const struct dir *d,
			       const struct cgroup_write *w)
{
	const char *name = arena_strndup(live->arena, w->file, strcspn(w->file, "."));
	const char *path = d->path + strlen(live->host->cgroup_root);
	struct err *err = strcmp(name, "cgroup") ? controller_missing(live, path, name) : NULL;

	return err ? err
		   : err_new(ENOENT,
			     "cgroup %s has no file %s: this kernel does not know it, "
			     "or was started without it",
			     d->path, w->file);
}

/* config-linux.md, "checkBeforeUpdate": the kernel would rather kill than refuse. */
struct err *limit_use_check(const struct dir *d, const struct cgroup_write *w)
{
	auto_free char *text = NULL;
	struct err *err = w->used ? dir_read_at_once(d, w->used, &text, NULL) : NULL;

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

/*
 * cgroup-v2.rst, "Cpuset": the kernel takes any list, and where nothing of it
 * is there it lets the cgroup have all that the one above has.
 */
static struct err *effect_check(const struct dir *d, const struct cgroup_write *w)
{
	auto_free char *text = NULL;
	struct err *err = w->effective ? dir_read_at_once(d, w->effective, &text, NULL) : NULL;

	if (err || !text)
		return err;
	text[strcspn(text, "\n")] = 0;
	if (cpu_list_holds(w->value, text))
		return NULL;
	return err_new(EINVAL, "nothing of it is there for cgroup %s, which would get %s instead",
		       d->path, text);
}

struct err *limit_write(const struct live *live, const struct dir *d, const struct cgroup_write *w)
{
	struct err *err = limit_use_check(d, w);

	if (!err)
		err = dir_write(d, w->file, w->value);
	/* EOPNOTSUPP: the device has another scheduler. */
	if ((err_code(err) == ENOENT || err_code(err) == EOPNOTSUPP) && w->other_file) {
		err_free(err);
		err = dir_write(d, w->other_file, w->other_value);
	}
	if (err_code(err) == EOPNOTSUPP && w->other_file)
		err = err_set(err, ERR_HINT,
			      "weights are for devices with the scheduler BFQ, or that are enabled "
			      "in io.cost.qos");
	if (!err)
		return effect_check(d, w);
	if (err_code(err) != ENOENT)
		return err;
	err_free(err);
	/* What the kernel does anyway needs no file. */
	if (w->unset && !strcmp(w->value, w->unset))
		return NULL;
	return limit_error(live, d, w);
}

/*
 * The kernel never has a quota that is less than the burst: in a cgroup that
 * has both already, one of the two orders works.
 */
static struct err *limit_set(const struct live *live, const struct dir *d,
			     const struct cgroup_write *w, const struct cgroup_write *next)
{
	struct err *err = limit_write(live, d, w);

	if (err_code(err) != EINVAL || !next || strcmp(w->file, "cpu.max") ||
	    strcmp(next->file, "cpu.max.burst"))
		return err;
	err_free(err);
	err_free(limit_write(live, d, next)); /* its turn comes again */
	return limit_write(live, d, w);
}

struct err *cgroup_limit(const struct plan *plan, struct live *live)
{
	struct dir d = { live->cgroup, live->record->cgroup };
	const struct cgroup_write *end = plan->cgroup.writes.v + plan->cgroup.writes.n;

	for_each (w, &plan->cgroup.writes) {
		struct err *err;

		if (live->cgroup < 0)
			return err_new(ENOENT, "no cgroup to limit");
		err = limit_set(live, &d, w, w + 1 < end ? w + 1 : NULL);
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
	return err_at(err, plan->doc, plan->spec->linux->resources, "devices");
}
