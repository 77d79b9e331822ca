/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits, which are planned as writes to the kernel's files, as properties of
 * a unit: systemd writes the files anew whenever it likes (systemctl
 * daemon-reload), so it must know the values. Where it cannot express one it
 * is told the next that allows more, and the exact one stands in the file
 * until systemd writes it; files that it has no property for it leaves alone.
 * See systemd.resource-control(5), org.freedesktop.systemd1(5).
 */
#include "unit.h"

#include <inttypes.h>
#include <string.h>

#include "hull/str.h"

enum { USEC_PER_SEC = 1000 * 1000, USEC_PER_PERCENT = 10 * 1000, PERIOD_DEFAULT = 100 * 1000 };

struct limit_rule {
	const char *file, *property;
	/* What @value becomes; nothing if it is no value, which the kernel will say itself. */
	void (*translate)(struct arena *a, const struct limit_rule *rule, const char *value,
			  unit_properties *list);
	uint64_t min;	/* what is less becomes this */
	unsigned since;			/* version of systemd */
};

/* ---- reading what the kernel reads ---- */

static bool number_read(const char **text, uint64_t *n)
{
	return str_digits(*text, (char **)text, n);
}

/* "max" or a number; a letter may follow, as for memparse(). */
static bool limit_read(const char *text, uint64_t *n)
{
	static const char units[] = "KMGTPE";
	const char *unit;

	if (!strcmp(text, "max")) {
		*n = UNIT_INFINITY;
		return true;
	}
	if (!number_read(&text, n))
		return false;
	if (!*text)
		return true;
	unit = strchr(units, *text & ~0x20);
	for (const char *u = units; unit && u <= unit; u++)
		if (__builtin_mul_overflow(*n, 1024, n))
			return false;
	return unit && !text[1];
}

/* "8:0 REST" to /dev/block/8:0, which systemd understands whether there is such a file or not. */
static const char *device_read(struct arena *a, const char **text)
{
	uint64_t major, minor;

	if (!number_read(text, &major) || *(*text)++ != ':' || !number_read(text, &minor) ||
	    *(*text)++ != ' ')
		return NULL;
	return arena_printf(a, "/dev/block/%" PRIu64 ":%" PRIu64, major, minor);
}

/* ---- writing what systemd reads ---- */

static struct unit_property *property_of(struct arena *a, const struct limit_rule *rule,
					 const char *type, unit_properties *list)
{
	struct unit_property *p = unit_property(a, list, rule->property, type);

	p->since = rule->since;
	return p;
}

static void number_add(struct arena *a, const struct limit_rule *rule, const char *type, uint64_t n,
		       unit_properties *list)
{
	struct unit_property *p = property_of(a, rule, type, list);

	p->items.n = 0;
	list_add(a, &p->items)->number = n;
}

/* Of a list by devices: an earlier entry of the same device goes. */
static void device_add(struct arena *a, const struct limit_rule *rule, const char *property,
		       const char *device, uint64_t n, unit_properties *list)
{
	struct unit_property *p = unit_property(a, list, property, "a(st)");

	p->since = rule->since;
	for_each (item, &p->items)
		if (!strcmp(item->text, device)) {
			item->number = n;
			return;
		}
	*list_add(a, &p->items) = (struct unit_item){ .text = device, .number = n };
}

/* ---- file by file ---- */

static void limit_add(struct arena *a, const struct limit_rule *rule, const char *value,
		      unit_properties *list)
{
	uint64_t n;

	if (limit_read(value, &n))
		number_add(a, rule, "t", n < rule->min ? rule->min : n, list);
}

static void flag_add(struct arena *a, const struct limit_rule *rule, const char *value,
		     unit_properties *list)
{
	if (!strcmp(value, "0") || !strcmp(value, "1"))
		number_add(a, rule, "b", *value == '1', list);
}

/* memory.oom.group is written by systemd, by what it would do itself. */
static void oom_policy_add(struct arena *a, const struct limit_rule *rule, const char *value,
			   unit_properties *list)
{
	struct unit_property *p;

	if (strcmp(value, "0") && strcmp(value, "1"))
		return;
	p = property_of(a, rule, "s", list);
	p->at_birth = true;
	p->items.n = 0;
	list_add(a, &p->items)->text = *value == '1' ? "kill" : "continue";
}

/* A weight of 0 is "idle"; to be no longer so it has none, or that of a later write. */
static void idle_add(struct arena *a, const struct limit_rule *rule, const char *value,
		     unit_properties *list)
{
	struct limit_rule none = *rule;

	if (!strcmp(value, "1"))
		number_add(a, rule, "t", 0, list);
	none.since = 0;
	if (!strcmp(value, "0"))
		number_add(a, &none, "t", UNIT_INFINITY, list);
}

/*
 * "QUOTA PERIOD": time per second, which systemd keeps in percents in the
 * unit's file and reads from there at a daemon-reload: so up to the next one,
 * or what is below us could get less than was asked for.
 */
static void quota_add(struct arena *a, const struct limit_rule *rule, const char *value,
		      unit_properties *list)
{
	static const struct limit_rule period_rule = { .property = "CPUQuotaPeriodUSec" };
	const char *at = value + strcspn(value, " ");
	bool named = *at;
	uint64_t quota, period = PERIOD_DEFAULT;
	unsigned __int128 time, percents;

	if (!limit_read(arena_strndup(a, value, (size_t)(at - value)), &quota))
		return;
	at += named;
	if (!quota || (named && !number_read(&at, &period)) || !period)
		return;
	time = ((unsigned __int128)quota * USEC_PER_SEC + period - 1) / period;
	percents = (time + USEC_PER_PERCENT - 1) / USEC_PER_PERCENT;
	if (quota == UNIT_INFINITY || percents > UNIT_INFINITY / USEC_PER_PERCENT)
		number_add(a, rule, "t", UNIT_INFINITY, list);
	else
		number_add(a, rule, "t", (uint64_t)percents * USEC_PER_PERCENT, list);
	if (named)
		number_add(a, &period_rule, "t", period, list);
}

/* A mask of bytes, the lowest first. */
static void cpus_add(struct arena *a, const struct limit_rule *rule, const char *value,
		     unit_properties *list)
{
	struct unit_property *p;
	unsigned long *mask, bits;

	if (!cpu_list_parse(a, value, &mask, &bits))
		return;
	p = property_of(a, rule, "ay", list);
	p->items.n = 0;
	for (unsigned long bit = 0; bit < bits; bit += 8)
		list_add(a, &p->items)->number =
			mask[bit / (8 * sizeof(*mask))] >> bit % (8 * sizeof(*mask)) & 0xff;
}

/* "100", "default 100", "8:0 100" */
static void io_weight_add(struct arena *a, const struct limit_rule *rule, const char *value,
			  unit_properties *list)
{
	static const char word[] = "default ";
	const char *device;
	uint64_t n;

	if (!strncmp(value, word, strlen(word)))
		value += strlen(word);
	if (!strchr(value, ':')) {
		limit_add(a, rule, value, list);
		return;
	}
	device = device_read(a, &value);
	if (device && number_read(&value, &n))
		device_add(a, rule, "IODeviceWeight", device, n, list);
}

/* "8:0 rbps=1000 wiops=max" */
static void io_max_add(struct arena *a, const struct limit_rule *rule, const char *value,
		       unit_properties *list)
{
	static const struct {
		const char *key, *property;
	} keys[] = {
		{ "rbps=", "IOReadBandwidthMax" },
		{ "wbps=", "IOWriteBandwidthMax" },
		{ "riops=", "IOReadIOPSMax" },
		{ "wiops=", "IOWriteIOPSMax" },
	};
	const char *device = device_read(a, &value);

	for (char *rest = arena_strdup(a, value), *word; device && (word = strsep(&rest, " "));)
		for (size_t i = 0; i < countof(keys); i++) {
			size_t len = strlen(keys[i].key);
			uint64_t n;

			if (!strncmp(word, keys[i].key, len) && limit_read(word + len, &n))
				device_add(a, rule, keys[i].property, device, n, list);
		}
}

/* "8:0 target=75000" */
static void io_latency_add(struct arena *a, const struct limit_rule *rule, const char *value,
			   unit_properties *list)
{
	static const char word[] = "target=";
	const char *device = device_read(a, &value);
	uint64_t n;

	if (!device || strncmp(value, word, strlen(word)))
		return;
	value += strlen(word);
	if (number_read(&value, &n))
		device_add(a, rule, rule->property, device, n, list);
}

/* clang-format off */
static const struct limit_rule rules[] = {
	/* file			    property			translate	min  since */
	{ "memory.max",		    "MemoryMax",		limit_add,	1 },
	{ "memory.high",	    "MemoryHigh",		limit_add,	1 },
	{ "memory.low",		    "MemoryLow",		limit_add },
	{ "memory.min",		    "MemoryMin",		limit_add },
	{ "memory.swap.max",	    "MemorySwapMax",		limit_add },
	{ "memory.zswap.max",	    "MemoryZSwapMax",		limit_add,	0,   253 },
	{ "memory.zswap.writeback", "MemoryZSwapWriteback",	flag_add,	0,   256 },
	{ "memory.oom.group",	    "OOMPolicy",		oom_policy_add,	0,   253 },
	{ "pids.max",		    "TasksMax",			limit_add,	1 },
	{ "cpu.weight",		    "CPUWeight",		limit_add,	1 },
	{ "cpu.idle",		    "CPUWeight",		idle_add,	0,   252 },
	{ "cpu.max",		    "CPUQuotaPerSecUSec",	quota_add },
	{ "cpuset.cpus",	    "AllowedCPUs",		cpus_add },
	{ "cpuset.mems",	    "AllowedMemoryNodes",	cpus_add },
	{ "io.weight",		    "IOWeight",			io_weight_add,	1 },
	{ "io.max",		    "IO*Max",			io_max_add },
	{ "io.latency",		    "IODeviceLatencyTargetUSec", io_latency_add },
	{ 0 }
};
/* clang-format on */

static bool translate(struct arena *a, const char *file, const char *value, unit_properties *list)
{
	const struct limit_rule *rule = rules;

	while (rule->file && (!file || strcmp(rule->file, file)))
		rule++;
	if (rule->file)
		rule->translate(a, rule, value, list);
	return rule->file;
}

void unit_limits(struct arena *a, const struct cgroup_plan *cgroup, unit_properties *list)
{
	for_each (w, &cgroup->writes) {
		size_t n = list->n;

		if (!translate(a, w->file, w->value, list))
			(void)translate(a, w->other_file, w->other_value, list);
		for (; n < list->n; n++) {
			list->v[n].from = w->from;
			list->v[n].member = w->member;
		}
	}
	unit_devices(a, &cgroup->devices, list);
}

void unit_changes(struct arena *a, const struct cgroup_plan *cgroup, unit_properties *list)
{
	size_t n = 0;

	unit_limits(a, cgroup, list);
	for_each (p, list)
		if (!p->at_birth)
			list->v[n++] = *p;
	list->n = n;
}
