/* SPDX-License-Identifier: Apache-2.0 */
/*
 * org.systemd.property.NAME: a property of the unit. Engines let users write
 * annotations, and there are properties that run a program of the host as
 * root (CVE-2024-3154 of CRI-O: ExecStartPre). So there is a list of those
 * that concern nothing but the container.
 */
#include "unit.h"

#include <string.h>

#include "gvariant.h"

static const char prefix[] = "org.systemd.property.";

/* clang-format off */
static const struct allowed {
	const char *name, *type;
	unsigned since;
} allowed[] = {
	{ "After",			   "as" },
	{ "Before",			   "as" },
	{ "CPUAccounting",		   "b" },
	{ "CPUQuotaPerSecUSec",		   "t" },
	{ "CPUQuotaPeriodUSec",		   "t" },
	{ "CPUWeight",			   "t" },
	{ "CollectMode",		   "s" },
	{ "DefaultDependencies",	   "b" },
	{ "Documentation",		   "as" },
	{ "FinalKillSignal",		   "i" },
	{ "IOAccounting",		   "b" },
	{ "IOWeight",			   "t" },
	{ "IPAccounting",		   "b" },
	{ "KillMode",			   "s" },
	{ "KillSignal",			   "i" },
	{ "ManagedOOMMemoryPressure",	   "s" },
	{ "ManagedOOMMemoryPressureLimit", "u" },
	{ "ManagedOOMSwap",		   "s" },
	{ "MemoryAccounting",		   "b" },
	{ "MemoryHigh",			   "t" },
	{ "MemoryLow",			   "t" },
	{ "MemoryMax",			   "t" },
	{ "MemoryMin",			   "t" },
	{ "MemorySwapMax",		   "t" },
	{ "MemoryZSwapMax",		   "t", 253 },
	{ "OOMPolicy",			   "s", 253 },
	{ "PartOf",			   "as" },
	{ "RuntimeMaxUSec",		   "t" },
	{ "SendSIGHUP",			   "b" },
	{ "SendSIGKILL",		   "b" },
	{ "StartupCPUWeight",		   "t" },
	{ "StartupIOWeight",		   "t" },
	{ "TasksAccounting",		   "b" },
	{ "TasksMax",			   "t" },
	{ "TimeoutStopUSec",		   "t" },
	{ 0 }
};
/* clang-format on */

/* ---- values ---- */

/* The type that systemd wants decides; what the text calls a number does not. */
static const char *number_fit(const struct gvariant *v, const char *type, uint64_t *n)
{
	uint64_t max = *type == 't' ? UINT64_MAX : *type == 'u' ? UINT32_MAX : INT32_MAX;
	uint64_t min = *type == 'i' ? max + 1 : 0;

	if (v->kind != GVARIANT_INTEGER)
		return "must be a whole number";
	if (v->item.number > (v->negative ? min : max))
		return "is outside of what is possible";
	*n = v->negative ? -v->item.number : v->item.number;
	return NULL;
}

/* NAMESec is NAMEUSec in seconds, which may have a fraction. */
static const char *seconds_fit(const struct gvariant *v, uint64_t *n)
{
	double seconds = v->kind == GVARIANT_REAL ? v->real : (double)v->item.number;

	if (v->kind != GVARIANT_REAL && v->kind != GVARIANT_INTEGER)
		return "must be a number of seconds";
	if (v->negative || !(seconds >= 0 && seconds < 1e12))
		return "is outside of what is possible";
	*n = (uint64_t)(seconds * 1e6 + 0.5);
	return NULL;
}

/* Fills in the value; NULL, or what is wrong with it. */
static const char *value_fit(struct arena *a, const struct gvariant *v, bool seconds,
			     struct unit_property *p)
{
	struct unit_item item = v->item;
	const char *wrong = NULL;

	if (!strcmp(p->type, "as")) {
		p->items.v = v->items.v;
		p->items.n = v->items.n;
		return v->kind == GVARIANT_STRINGS ? NULL : "must be a list of strings";
	}
	if (seconds)
		wrong = seconds_fit(v, &item.number);
	else if (*p->type == 's')
		wrong = v->kind == GVARIANT_STRING ? NULL : "must be a string in quotes";
	else if (*p->type == 'b')
		wrong = v->kind == GVARIANT_BOOL ? NULL : "must be true or false";
	else
		wrong = number_fit(v, p->type, &item.number);
	*list_add(a, &p->items) = item;
	return wrong;
}

/* ---- names ---- */

static const struct allowed *name_find(const char *name, size_t len)
{
	for (const struct allowed *known = allowed; known->name; known++)
		if (strlen(known->name) == len && !strncmp(known->name, name, len))
			return known;
	return NULL;
}

/* "TimeoutStopSec" is TimeoutStopUSec in seconds. */
static const struct allowed *seconds_find(struct arena *a, const char *name)
{
	size_t len = strlen(name), stem = len - strlen("Sec");

	if (len <= strlen("Sec") || strcmp(name + stem, "Sec"))
		return NULL;
	name = arena_printf(a, "%.*sUSec", (int)stem, name);
	return name_find(name, strlen(name));
}

static void property_read(struct planner *p, const struct json_pair *pair)
{
	const char *name = pair->key + strlen(prefix), *wrong;
	const struct allowed *known = name_find(name, strlen(name));
	const struct allowed *in_seconds = known ? NULL : seconds_find(p->arena, name);
	struct unit_property property = { .from = pair };
	struct gvariant value;

	if (in_seconds)
		known = in_seconds;
	if (!known) {
		refuse(p, pair, NULL, "\"%s\" is no property that an annotation may set", name);
		return;
	}
	for_each (set, &p->plan->cgroup.unit.properties)
		if (!strcmp(set->name, known->name)) {
			refuse(p, pair, NULL, "%s follows from another part of the configuration",
			       known->name);
			return;
		}
	property.name = known->name;
	property.type = known->type;
	property.since = known->since;
	wrong = gvariant_parse(p->arena, pair->value, &value);
	if (!wrong)
		wrong = value_fit(p->arena, &value, in_seconds, &property);
	if (wrong)
		refuse(p, pair, NULL, "%s %s", pair->value, wrong);
	*list_add(p->arena, &p->plan->cgroup.unit.properties) = property;
}

void unit_annotations(struct planner *p)
{
	for_each (pair, &p->config->spec.annotations)
		if (!strncmp(pair->key, prefix, strlen(prefix)))
			property_read(p, pair);
}
