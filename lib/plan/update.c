/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a container is changed: what is asked for is completed by what belongs
 * to it (update_merge.c), and then planned by the rooms that plan it for
 * `create`, so that there is one set of rules for both.
 */
#include "update.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "resources.h"
#include "sheet.h"

/* ---- limits ---- */

static bool among(const char *file, const char *const *files)
{
	for (; *files; files++)
		if (!strcmp(*files, file))
			return true;
	return false;
}

/* Of unified values only those count that are asked for: they are obeyed as they stand. */
static bool is_unified(const struct oci_resources *r, const struct cgroup_write *w)
{
	for_each (pair, &r->unified)
		if (w->from == pair)
			return true;
	return false;
}

static void unwritten_drop(const struct oci_resources *request, struct cgroup_plan *plan,
			   const char *const *unwritten)
{
	size_t n = 0;

	for_each (w, &plan->writes)
		if (is_unified(request, w) || !among(w->file, unwritten))
			plan->writes.v[n++] = *w;
	plan->writes.n = n;
}

/* An older unified value for the same file is not what the container has from now on. */
static void unified_settle(struct oci_resources *merged, const struct oci_resources *request,
			   const struct cgroup_plan *plan)
{
	for_each (w, &plan->writes) {
		size_t n = 0;

		if (is_unified(request, w))
			continue;
		for_each (pair, &merged->unified)
			if (strcmp(pair->key, w->file))
				merged->unified.v[n++] = *pair;
		merged->unified.n = n;
	}
}

static void idle_warn(struct planner *p, const struct oci_resources *request,
		      const struct oci_resources *merged)
{
	const struct oci_cpu *cpu = request->cpu;

	if (cpu && cpu->shares && merged->cpu->idle && *merged->cpu->idle)
		caution(p, cpu, "shares", "counts once the container is no longer idle");
}

static void limits_change(struct planner *p, struct oci_resources *merged,
			  struct oci_resources *request)
{
	const char *unwritten[UNWRITTEN_MAX];

	idle_warn(p, request, merged);
	resources_complete(request, merged, unwritten);
	resources_plan(p, request);
	unwritten_drop(request, &p->plan->cgroup, unwritten);
	unified_settle(merged, request, &p->plan->cgroup);
}

/* ---- devices ---- */

static void rules_append(struct arena *a, struct oci_resources *to, const struct change *change)
{
	LIST(struct oci_device_rule) all = { 0 };

	for_each (rule, &to->devices)
		*list_add(a, &all) = *rule;
	/* Without any rule everything is allowed; any rule without a first one would deny the rest.
	 */
	if (!all.n)
		*list_add(a, &all) = (struct oci_device_rule){ .allow = true };
	for_each (rule, &change->rules)
		*list_add(a, &all) = *rule;
	to->devices.v = all.v;
	to->devices.n = all.n;
}

/* The filter of the rules in the configuration that @p is about. */
static struct device_filter filter_of(struct planner *p, const struct config *config)
{
	struct plan plan = { .cgroup.path = p->plan->cgroup.path };
	findings known = { 0 };		/* `create` has looked at them */
	struct planner as_it_is = { p->arena, config, p->request, p->host, &known, &plan };

	device_filter_plan(&as_it_is);
	return plan.cgroup.devices;
}

static bool same_filter(const struct device_filter *a, const struct device_filter *b)
{
	return a->n == b->n && a->n && !memcmp(a->insns, b->insns, a->n * sizeof(struct bpf_insn));
}

/*
 * A filter that would be the same again stays: engines repeat the rules that
 * they know of in every request, and somebody may have seen to the filter since.
 */
static void devices_change(struct planner *p, const struct change *change,
			   const struct device_filter *old, const struct oci_resources *merged,
			   struct oci_resources *request)
{
	if (!request->devices.n && !change->rules.n)
		return;
	request->devices.v = merged->devices.v;
	request->devices.n = merged->devices.n;
	device_filter_plan(p);
	/* Where none can be attached, what an engine says anyway means nothing; a user means it. */
	if (change->rules.n && !p->plan->cgroup.devices.n)
		refuse(p, request, "devices",
		       "only root can change which devices a container may use");
	if (same_filter(&p->plan->cgroup.devices, old))
		p->plan->cgroup.devices = (struct device_filter){ 0 };
}

/* ---- the whole ---- */

static struct oci_linux *linux_of(struct arena *a, struct oci_spec *spec)
{
	if (!spec->linux)
		spec->linux = arena_new(a, struct oci_linux);
	return spec->linux;
}

static struct oci_resources *resources_of(struct arena *a, struct oci_spec *spec)
{
	struct oci_linux *lin = linux_of(a, spec);

	if (!lin->resources)
		lin->resources = arena_new(a, struct oci_resources);
	return lin->resources;
}

static struct planner planner_of(struct arena *a, struct piece *piece, const struct host *host,
				 struct plan *plan)
{
	static const struct request none = { 0 };

	plan->doc = &piece->config.doc;
	plan->spec = &piece->config.spec;
	return (struct planner){ a, &piece->config, &none, host, &piece->found, plan };
}

static void resources_change(struct planner *p, struct config *config, struct change *change,
			     struct oci_resources *request, const struct device_filter *old)
{
	struct oci_resources *merged = resources_of(p->arena, &config->spec);

	resources_clean(request, change->has_file);
	resources_merge(p->arena, merged, request);
	limits_change(p, merged, request);
	if (change->rules.n)
		rules_append(p->arena, merged, change);
	devices_change(p, change, old, merged, request);
}

static void process_change(struct planner *p, struct config *config, const struct oci_process *from)
{
	struct oci_spec *spec = &config->spec;

	if (!from)
		return;
	limits_plan(p);
	exec_affinity_plan(p);
	if (spec->process)		/* else it never starts, and `exec` has no model */
		process_merge(p->arena, spec->process, from);
}

static void rdt_change(struct planner *p, struct config *config, const struct oci_intel_rdt *from)
{
	struct oci_intel_rdt *to = config->spec.linux->intel_rdt;

	if (!from)
		return;
	if (!to) {
		refuse(p, from, from->l3_cache_schema ? "l3CacheSchema" : "memBwSchema",
		       "the container was created without intelRdt, so it has no group in resctrl");
		return;
	}
	if (!p->host->resctrl_root) {
		refuse(p, from, NULL, "needs resctrl, which is not mounted");
		return;
	}
	p->plan->rdt.root = p->host->resctrl_root;
	rdt_writes_plan(p);
	if (from->l3_cache_schema)
		to->l3_cache_schema = from->l3_cache_schema;
	if (from->mem_bw_schema)
		to->mem_bw_schema = from->mem_bw_schema;
}

void plan_update(struct arena *a, struct config *config, struct change *change,
		 const struct host *host, struct update_plan *plan)
{
	struct piece *piece = change->has_file ? &change->file : &change->options;
	struct planner limits = planner_of(a, piece, host, &plan->limits);
	struct planner process = planner_of(a, &change->options, host, &plan->process);
	auto_free char *before =
		json_encode_over(&config->doc, &type_oci_spec, &config->spec, JSON_INDENT);
	auto_free char *after = NULL;

	plan->limits.id = plan->process.id = change->id;
	plan->limits.cgroup.path = change->cgroup;
	plan->devices = filter_of(&limits, config);
	resources_change(&limits, config, change, resources_of(a, &piece->config.spec),
			 &plan->devices);
	plan->limits.cgroup.unit.name = change->unit;
	if (change->unit)
		unit_changes(a, &plan->limits.cgroup, &plan->limits.cgroup.unit.properties);
	process_change(&process, config, change->options.config.spec.process);
	rdt_change(&process, config, linux_of(a, &change->options.config.spec)->intel_rdt);
	after = json_encode_over(&config->doc, &type_oci_spec, &config->spec, JSON_INDENT);
	plan->config = strcmp(before, after) ? arena_strdup(a, after) : NULL;
}

char *plan_update_print(const struct update_plan *plan, bool json)
{
	struct sheet s = { .json = json };
	char *text;
	size_t size;

	s.out = open_memstream(&text, &size);
	if (!s.out)
		abort();
	sheet_line(&s, "container", NULL, NULL);
	sheet_text(&s, "id", plan->limits.id);
	sheet_text(&s, "cgroup", plan->limits.cgroup.path);
	sheet_text(&s, "unit", plan->limits.cgroup.unit.name);
	s.doc = plan->limits.doc;
	unit_properties_print(&s, &plan->limits);
	cgroup_writes_print(&s, &plan->limits);
	s.doc = plan->process.doc;
	rdt_writes_print(&s, &plan->process);
	limits_print(&s, &plan->process);
	affinity_print(&s, &plan->process);
	sheet_end(&s);
	if (fclose(s.out))
		abort();
	return text;
}
