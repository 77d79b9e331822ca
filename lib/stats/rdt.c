/* SPDX-License-Identifier: Apache-2.0 */
/* A group of resctrl as numbers: https://docs.kernel.org/filesystems/resctrl.html */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* One file of info/, without its end of line; "" if it is not there. */
static struct err *info_read(struct arena *a, const struct dir *root, const char *file,
			     const char **text)
{
	struct err *err = text_read(a, root, arena_printf(a, "info/%s", file), text);

	*text = err ? "" : arena_strndup(a, *text, strcspn(*text, "\n"));
	return err;
}

/* Files with a number each, as many as @to has addresses. */
static struct err *infos_read(struct arena *a, const struct dir *root, const char *const *files,
			      uint64_t *const *to)
{
	for (; *files; files++, to++) {
		const char *text;
		struct err *err = info_read(a, root, *files, &text);

		if (err)
			return err;
		**to = text_number(text);
	}
	return NULL;
}

static struct err *l3_info_read(struct arena *a, const struct dir *root, struct stats_rdt *rdt)
{
	static const char *const files[] = { "L3/min_cbm_bits", "L3/num_closids", NULL };
	const char *mask;
	struct err *err = info_read(a, root, "L3/cbm_mask", &mask);

	if (err || !*mask)
		return err;
	rdt->l3_info = arena_new(a, struct stats_l3_info);
	rdt->l3_info->cbm_mask = arena_strdup(a, mask);
	return infos_read(a, root, files, (uint64_t *const[]){ &rdt->l3_info->min_cbm_bits,
							       &rdt->l3_info->num_closids });
}

static struct err *mb_info_read(struct arena *a, const struct dir *root, struct stats_rdt *rdt)
{
	static const char *const files[] = {
		"MB/bandwidth_gran", "MB/delay_linear", "MB/min_bandwidth", "MB/num_closids", NULL,
	};
	const char *text;
	struct stats_mb_info *i;
	struct err *err = info_read(a, root, "MB/min_bandwidth", &text);

	if (err || !*text)
		return err;
	i = rdt->mb_info = arena_new(a, struct stats_mb_info);
	return infos_read(a, root, files, (uint64_t *const[]){ &i->bandwidth_gran, &i->delay_linear,
							       &i->min_bandwidth, &i->num_closids });
}

/* The line of a resource, "L3:0=7f0;1=1f", without the blanks that the kernel pads it with. */
static char *schema_of(struct arena *a, const char *schemata, const char *name)
{
	for (; *schemata; schemata = text_next(schemata)) {
		const char *line = schemata + strspn(schemata, " ");
		size_t len = strlen(name);

		if (!strncmp(line, name, len) && line[len] == ':')
			return arena_strndup(a, line, strcspn(line, "\n"));
	}
	return NULL;
}

static struct err *schemata_read(struct arena *a, const struct dir *root, const struct dir *group,
				 struct stats_rdt *rdt)
{
	const char *text, *own;
	struct err *err = text_read(a, root, "schemata", &text);

	if (!err)
		err = text_read(a, group, "schemata", &own);
	if (err)
		return err;
	rdt->l3_root = schema_of(a, text, "L3");
	rdt->mb_root = schema_of(a, text, "MB");
	rdt->l3 = schema_of(a, own, "L3");
	rdt->mb = schema_of(a, own, "MB");
	for (; *own; own = text_next(own)) {
		const char *line = own + strspn(own, " ");

		if (text_word(line))
			*list_add(a, &rdt->schemata) = arena_strndup(a, line, strcspn(line, "\n"));
	}
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* One domain: "mon_data/mon_L3_00". What is not counted has no file, or says "Unavailable". */
static struct err *domain_read(struct arena *a, const struct dir *monitor, const char *domain,
			       struct stats_rdt *rdt)
{
	const char *total, *local, *cache;
	struct err *err;

	err = text_read(a, monitor, arena_printf(a, "%s/mbm_total_bytes", domain), &total);
	if (!err)
		err = text_read(a, monitor, arena_printf(a, "%s/mbm_local_bytes", domain), &local);
	if (!err)
		err = text_read(a, monitor, arena_printf(a, "%s/llc_occupancy", domain), &cache);
	if (err)
		return err;
	if (*total || *local)
		*list_add(a, &rdt->mbm) =
			(struct stats_mbm){ text_number(total), text_number(local) };
	if (*cache)
		list_add(a, &rdt->cmt)->llc_occupancy = text_number(cache);
	return NULL;
}

static struct err *domains_read(struct arena *a, const struct dir *monitor, struct stats_rdt *rdt)
{
	struct dir data = { .path = arena_printf(a, "%s/mon_data", monitor->path) };
	auto_fd int fd = -1;
	names all = { 0 };
	auto_err struct err *none = dir_enter(monitor, "mon_data", O_RDONLY | O_DIRECTORY, 0, &fd);
	struct err *err;

	if (none)			/* this processor does not monitor */
		return NULL;
	data.fd = fd;
	err = dir_list(a, &data, &all);
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), by_name);
	for (size_t i = 0; i < all.n && !err; i++)
		if (!strncmp(all.v[i], "mon_L3_", strlen("mon_L3_")))
			err = domain_read(a, monitor, arena_printf(a, "mon_data/%s", all.v[i]),
					  rdt);
	return err;
}

struct err *stats_rdt(struct arena *a, const struct dir *root, const struct dir *group,
		      const struct dir *monitor, struct stats_rdt *rdt)
{
	struct err *err = l3_info_read(a, root, rdt);

	if (!err)
		err = mb_info_read(a, root, rdt);
	if (!err)
		err = schemata_read(a, root, group, rdt);
	return err ? err : domains_read(a, monitor, rdt);
}
