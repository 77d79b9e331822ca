/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request of `update`. Its options are read into the structs of a
 * configuration, written as JSON and read again: so there is a document in
 * which every value has its place, whatever it came from.
 */
#include "update.h"

#include <errno.h>
#include <string.h>

#include "hull/fd.h"

/* The objects of a configuration that options set members of. Those of resources come first. */
enum object { MEMORY, CPU, PIDS, BLOCK_IO, RDT, PROCESS, AFFINITY, RULES, NOTHING };

struct setting {
	const char *name;
	enum object object;
	size_t offset;
	value_reader *read;
	const char *form;		/* what @read takes */
	const char *pointer;		/* where it stands in the configuration */
};

/* ---- the options ---- */

static bool read_nothing(struct draft *d, const char *name, const char *text, void *to)
{
	(void)text;
	(void)to;
	d->hull->warn(arena_printf(d->arena, "--%s is ignored: the kernel no longer has that limit",
				   name));
	return true;
}

/* clang-format off */
#define SIZE	read_size, "-1 or a size like 512m"
#define I64	read_i64, "a number"
#define U64	read_u64, "a number"
#define OF(S, m, T) AT(struct oci_##S, m, m, T)
#define M(m, T)	MEMORY, OF(memory, m, T)
#define C(m, T)	CPU, OF(cpu, m, T)
#define IN	"/linux/resources/"
static const struct setting settings[] = {
	{ "memory",		M(limit, int64_t *),		SIZE, IN "memory/limit" },
	{ "memory-reservation",	M(reservation, int64_t *),	SIZE, IN "memory/reservation" },
	{ "memory-swap",	M(swap, int64_t *),		SIZE, IN "memory/swap" },
	{ "kernel-memory",	NOTHING, 0, read_nothing },
	{ "kernel-memory-tcp",	NOTHING, 0, read_nothing },
	{ "cpu-share",		C(shares, uint64_t *),		U64, IN "cpu/shares" },
	{ "cpu-quota",		C(quota, int64_t *),		I64, IN "cpu/quota" },
	{ "cpu-period",		C(period, uint64_t *),		U64, IN "cpu/period" },
	{ "cpu-burst",		C(burst, uint64_t *),		U64, IN "cpu/burst" },
	{ "cpu-idle",		C(idle, int64_t *),		I64, IN "cpu/idle" },
	{ "cpu-rt-runtime",	C(realtime_runtime, int64_t *),	I64, IN "cpu/realtimeRuntime" },
	{ "cpu-rt-period",	C(realtime_period, uint64_t *),	U64, IN "cpu/realtimePeriod" },
	{ "cpuset-cpus",	C(cpus, char *),		read_text, NULL, IN "cpu/cpus" },
	{ "cpuset-mems",	C(mems, char *),		read_text, NULL, IN "cpu/mems" },
	{ "pids-limit",		PIDS, OF(pids, limit, int64_t *), I64, IN "pids/limit" },
	{ "blkio-weight",	BLOCK_IO, OF(block_io, weight, uint16_t *), read_u16,
				"a number", IN "blockIO/weight" },
	{ "l3-cache-schema",	RDT, OF(intel_rdt, l3_cache_schema, char *), read_text, NULL,
				"/linux/intelRdt/l3CacheSchema" },
	{ "mem-bw-schema",	RDT, OF(intel_rdt, mem_bw_schema, char *), read_text, NULL,
				"/linux/intelRdt/memBwSchema" },
	{ "oom-score-adj",	PROCESS, OF(process, oom_score_adj, int32_t *), read_i32, "a number",
				"/process/oomScoreAdj" },
	{ "rlimit",		PROCESS, 0, read_rlimit, "TYPE=SOFT[:HARD], like nofile=1024:4096",
				"/process/rlimits" },
	{ "cpu-affinity",	AFFINITY, OF(cpu_affinity, final, char *), read_cpus,
				"a list like 0-3,7, or all", "/process/execCPUAffinity" },
	{ "device-allow",	RULES, 0, read_rule, "a rule like \"c 1:3 rwm\"", IN "devices" },
	{ "device-deny",	RULES, 0, read_rule, "a rule like \"c 1:3 rwm\"", IN "devices" },
};
/* clang-format on */

static const struct setting *setting_find(const char *name)
{
	for (size_t i = 0; i < countof(settings); i++)
		if (!strcmp(settings[i].name, name))
			return &settings[i];
	return NULL;
}

const char *update_option(const char *pointer)
{
	for (size_t i = 0; i < countof(settings); i++) {
		const char *place = settings[i].pointer;
		size_t len = place ? strlen(place) : 0;

		if (len && !strncmp(place, pointer, len) && strchr("/", pointer[len]))
			return settings[i].name;
	}
	return NULL;
}

#define HAVE(d, p, T) ((p) ? (p) : ((p) = arena_new((d)->arena, T)))

/* The object whose member an option sets. */
static void *object_of(struct draft *d, enum object object)
{
	switch (object) {
	case MEMORY:
		return HAVE(d, d->resources.memory, struct oci_memory);
	case CPU:
		return HAVE(d, d->resources.cpu, struct oci_cpu);
	case PIDS:
		return HAVE(d, d->resources.pids, struct oci_pids);
	case BLOCK_IO:
		return HAVE(d, d->resources.block_io, struct oci_block_io);
	case RDT:
		return HAVE(d, d->lin.intel_rdt, struct oci_intel_rdt);
	case PROCESS:
		return HAVE(d, d->spec.process, struct oci_process);
	case AFFINITY:
		HAVE(d, d->spec.process, struct oci_process);
		return HAVE(d, d->spec.process->exec_cpu_affinity, struct oci_cpu_affinity);
	case RULES:
	case NOTHING:
		break;
	}
	return d;			/* nothing is written there */
}

static struct err *setting_read(struct draft *d, const char *name, const char *text)
{
	const struct setting *s = setting_find(name);

	if (!s)
		return err_new(EINVAL, "--%s: unknown", name);
	if (d->change->has_file && s->object <= BLOCK_IO)
		return err_set(err_new(EINVAL, "--%s cannot be given along with --resources", name),
			       ERR_HINT, "say it in that file");
	if (s->read(d, name, text, (char *)object_of(d, s->object) + s->offset))
		return NULL;
	return err_new(EINVAL, "--%s: must be %s, is \"%s\"", name, s->form, text);
}

/* ---- documents ---- */

/* runc and crun take no notice of it either; the kernel has lost that limit. */
static void kernel_ignore(struct draft *d, struct piece *file, struct oci_memory *m)
{
	if ((m->kernel && *m->kernel) || (m->kernel_tcp && *m->kernel_tcp))
		finding_add(d->arena, &file->found, &file->config.doc, m,
			    m->kernel && *m->kernel ? "kernel" : "kernelTCP", true,
			    "is ignored: the kernel no longer has that limit");
	m->kernel = m->kernel_tcp = NULL;
}

static struct err *file_read(struct draft *d, const char *path)
{
	bool is_stdin = !strcmp(path, "-");
	struct piece *file = &d->change->file;
	struct config *config = &file->config;
	char *text;
	size_t size;
	struct err *err = is_stdin ? fd_read_all(STDIN_FILENO, "standard input", &text, &size)
				   : path_read(path, &text, &size);

	if (err)
		return err_add(err, "--resources");
	if (!json_scan(d->arena, is_stdin ? "standard input" : arena_strdup(d->arena, path),
		       arena_own(d->arena, text), size, &config->doc, &file->found))
		return NULL;
	config->spec.linux = arena_new(d->arena, struct oci_linux);
	config->spec.linux->resources = arena_new(d->arena, struct oci_resources);
	json_decode(d->arena, &config->doc, &type_oci_resources, config->spec.linux->resources,
		    &file->found);
	if (config->spec.linux->resources->memory)
		kernel_ignore(d, file, config->spec.linux->resources->memory);
	spec_validate_part(d->arena, &config->doc, &type_oci_resources,
			   config->spec.linux->resources, &file->found);
	return NULL;
}

/* A document that nobody has seen: its lines mean nothing. */
static struct err *options_read(struct draft *d)
{
	struct piece *options = &d->change->options;
	struct config *config = &options->config;
	auto_free char *json = NULL;
	findings fragment = { 0 };	/* it is no whole configuration */
	struct err *err;

	d->lin.resources = &d->resources;
	d->spec.linux = &d->lin;
	json = json_encode(&type_oci_spec, &d->spec, JSON_COMPACT);
	err = json_parse(d->arena, "command line", json, strlen(json), &config->doc);
	if (err)
		return err;
	config->doc.text = NULL;
	json_decode(d->arena, &config->doc, &type_oci_spec, &config->spec, &fragment);
	spec_validate_part(d->arena, &config->doc, &type_oci_resources,
			   config->spec.linux->resources, &options->found);
	return NULL;
}

struct err *update_read(struct arena *a, const struct hull *h, const struct hull_update *u,
			struct change *change)
{
	struct draft d = { .arena = a, .hull = h, .change = change };
	struct err *err = NULL;

	change->id = u->id;
	change->has_file = u->resources;
	for (char *const *s = u->settings; !err && s && *s; s += 2)
		err = setting_read(&d, s[0], s[1]);
	if (!err && u->resources)
		err = file_read(&d, u->resources);
	return err ? err : options_read(&d);
}
