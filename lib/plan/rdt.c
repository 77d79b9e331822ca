/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.intelRdt: the group of resctrl that the container belongs to, who made
 * it, and what is written to its schemata.
 * https://docs.kernel.org/filesystems/resctrl.html
 */
#include "rooms.h"

#include <string.h>

#include "hull/str.h"

#include "sheet.h"

/* Directories that the kernel keeps beside the groups. */
static const char *const reserved[] = { "info", "mon_data", "mon_groups", NULL };

/* Blank lines are errors to the kernel; older configurations end their lines themselves. */
static const char *trimmed(struct arena *a, const char *text)
{
	size_t len = strlen(text);

	while (len && text[len - 1] == '\n')
		len--;
	return arena_strndup(a, text, len);
}

static void write_add(struct planner *p, const char *text, bool compared, const void *from,
		      const char *member)
{
	if (text && *text)
		*list_add(p->arena, &p->plan->rdt.writes) = (struct rdt_write){
			.line = trimmed(p->arena, text),
			.compared = compared,
			.from = from,
			.member = member,
		};
}

/* Each by a write of its own: a later one may speak of the same cache again, and wins. */
void rdt_writes_plan(struct planner *p)
{
	const struct oci_intel_rdt *from = p->config->spec.linux->intel_rdt;

	write_add(p, from->l3_cache_schema, true, from, "l3CacheSchema");
	write_add(p, from->mem_bw_schema, true, from, "memBwSchema");
	for_each (line, &from->schemata)
		write_add(p, *line, false, line, NULL);
}

static void group_plan(struct planner *p, const struct oci_intel_rdt *from)
{
	struct rdt_plan *plan = &p->plan->rdt;
	const char *id = p->request->id;

	plan->shared = from->clos_id;
	plan->group = from->clos_id ? from->clos_id : id;
	if (str_among(plan->group, reserved))
		refuse(p, from, "closID", "resctrl keeps the name %s for itself", plan->group);
	if (!strcmp(plan->group, "/"))
		plan->group = ".";
	else	/* without a schema to make it from, somebody must have made it */
		plan->make = !plan->shared || plan->writes.n;
	plan->monitor = from->enable_monitoring ? id : NULL;
}

void rdt_plan(struct planner *p)
{
	const struct oci_linux *lin = p->config->spec.linux;

	if (!lin || !lin->intel_rdt)
		return;
	if (!p->host->resctrl_root) {
		refuse(p, lin->intel_rdt, NULL, "needs resctrl, which is not mounted");
		return;
	}
	p->plan->rdt.root = p->host->resctrl_root;
	p->plan->rdt.from = lin->intel_rdt;
	rdt_writes_plan(p);
	group_plan(p, lin->intel_rdt);
}

void rdt_writes_print(struct sheet *s, const struct plan *plan)
{
	for_each (w, &plan->rdt.writes) {
		sheet_line(s, "resctrl-write", w->from, w->member);
		sheet_text(s, "line", w->line);
		sheet_flag(s, "compared", w->compared);
	}
}

void rdt_print(struct sheet *s, const struct plan *plan)
{
	const struct rdt_plan *rdt = &plan->rdt;

	if (!rdt->root)
		return;
	sheet_line(s, "resctrl", rdt->from, NULL);
	sheet_text(s, "root", rdt->root);
	sheet_text(s, "group", rdt->group);
	sheet_flag(s, "make", rdt->make);
	sheet_flag(s, "shared", rdt->shared);
	sheet_text(s, "monitor", rdt->monitor);
	rdt_writes_print(s, plan);
}
