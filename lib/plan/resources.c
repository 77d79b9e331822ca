/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources, which was written for cgroup v1, as files of cgroup v2
 * (cgroup-v2.rst of the kernel). What has no counterpart there has been
 * refused by the validation of the configuration.
 *
 * Engines send 0 for what nobody asked for: as memory limit, shares, quota,
 * period and weight, none of which has a use for it. In pids.limit and
 * throttles it is a value (config-linux.md says so for the first).
 */
#include "resources.h"

#include <inttypes.h>
#include <string.h>

enum {
	WEIGHT_MIN = 1,
	WEIGHT_MAX = 10000,
	BLKIO_MIN = 10,
	BLKIO_MAX = 1000,
	PERIOD_DEFAULT = 100000,	/* µs */
};

#define add_write(p, ...) \
	(*list_add((p)->arena, &(p)->plan->cgroup.writes) = (struct cgroup_write){ __VA_ARGS__ })
#define text(p, ...) arena_printf((p)->arena, __VA_ARGS__)

/* A number of which -1 means no limit. */
static const char *limit_text(struct planner *p, int64_t limit)
{
	return limit < 0 ? "max" : text(p, "%" PRId64, limit);
}

static void limit_plan(struct planner *p, const char *file, const char *unset, int64_t limit,
		       const void *from, const char *member)
{
	if (limit < -1)
		refuse(p, from, member, "must be -1 (no limit) or more, is %" PRId64, limit);
	add_write(p, file, limit_text(p, limit), .unset = unset, .from = from, .member = member);
}

/*
 * v1 limits the sum of memory and swap, v2 each by itself. Nothing is said
 * about swap: it is limited only as far as memory is.
 */
static void swap_plan(struct planner *p, const struct oci_memory *m)
{
	int64_t limit = m->limit ? *m->limit : 0;
	int64_t swap = m->swap ? *m->swap : 0;
	const char *value;

	if (!swap && limit >= 0)
		return;
	if (swap < -1) {
		refuse(p, m, "swap", "must be -1 (no limit) or more, is %" PRId64, swap);
		return;
	}
	if (swap > 0 && !limit) {
		refuse(p, m, "swap", "is the sum of memory and swap, so it needs a memory limit");
		return;
	}
	if (swap > 0 && swap < limit) {
		refuse(p, m, "swap",
		       "is the sum of memory and swap, so it cannot be less than "
		       "limit (%" PRId64 ")",
		       limit);
		return;
	}
	if (swap <= 0)
		value = "max";
	else
		value = text(p, "%" PRId64, limit > 0 ? swap - limit : swap);
	/* Where the file is missing there is no swap, or nobody counts it. */
	add_write(p, "memory.swap.max", value, .unset = strcmp(value, "0") ? "max" : "0", .from = m,
		  .member = "swap");
}

/* Of the write that was planned last: refused if it is less than what is used already. */
static void use_check(struct planner *p, const struct oci_memory *m, const char *file)
{
	if (m->check_before_update && *m->check_before_update)
		p->plan->cgroup.writes.v[p->plan->cgroup.writes.n - 1].used = file;
}

static void memory_plan(struct planner *p, const struct oci_memory *m)
{
	size_t n = p->plan->cgroup.writes.n;

	swap_plan(p, m);
	if (p->plan->cgroup.writes.n > n)
		use_check(p, m, "memory.swap.current");
	if (m->limit && *m->limit) {
		limit_plan(p, "memory.max", "max", *m->limit, m, "limit");
		use_check(p, m, "memory.current");
	}
	if (m->reservation && *m->reservation)
		limit_plan(p, "memory.low", "0", *m->reservation, m, "reservation");
}

static void bandwidth_plan(struct planner *p, const struct oci_cpu *cpu)
{
	int64_t quota = cpu->quota ? *cpu->quota : 0;
	uint64_t period = cpu->period && *cpu->period ? *cpu->period : PERIOD_DEFAULT;

	if (quota || (cpu->period && *cpu->period))
		add_write(p, "cpu.max",
			  text(p, "%s %" PRIu64, quota ? limit_text(p, quota) : "max", period),
			  .unset = "max 100000", .from = cpu, .member = quota ? "quota" : "period");
	if (!cpu->burst)
		return;
	if (quota > 0 && *cpu->burst > (uint64_t)quota)
		refuse(p, cpu, "burst", "cannot be more than quota (%" PRId64 ")", quota);
	add_write(p, "cpu.max.burst", text(p, "%" PRIu64, *cpu->burst), .unset = "0", .from = cpu,
		  .member = "burst");
}

static void idle_plan(struct planner *p, const struct oci_cpu *cpu)
{
	add_write(p, "cpu.idle", text(p, "%" PRId64, *cpu->idle), .unset = "0", .from = cpu,
		  .member = "idle");
}

static void cpu_plan(struct planner *p, const struct oci_cpu *cpu)
{
	/* The kernel refuses a weight while the cgroup is idle. */
	if (cpu->idle && !*cpu->idle)
		idle_plan(p, cpu);
	if (cpu->shares && *cpu->shares)
		add_write(p, "cpu.weight", text(p, "%u", weight_of_shares(*cpu->shares)),
			  .unset = "100", .from = cpu, .member = "shares");
	if (cpu->idle && *cpu->idle)
		idle_plan(p, cpu);
	bandwidth_plan(p, cpu);
}

static void cpuset_one(struct planner *p, const struct oci_cpu *cpu, const char *list,
		       const char *file, const char *member)
{
	unsigned long *mask;
	unsigned long bits;

	if (!list || !*list)
		return;
	if (!cpu_list_parse(p->arena, list, &mask, &bits))
		refuse(p, cpu, member, "must be a list like \"0-3,7\", is \"%s\"", list);
	add_write(p, file, list, .from = cpu, .member = member);
}

/* Of one device, or of all: "8:0 100", "100". */
static const char *weight_text(struct planner *p, const struct oci_weight_device *d,
			       unsigned weight)
{
	return d ? text(p, "%" PRId64 ":%" PRId64 " %u", d->major, d->minor, weight)
		 : text(p, "%u", weight);
}

/* io.bfq.weight takes what v1 took; where BFQ is not built in, the kernel has io.weight alone. */
static void weight_plan(struct planner *p, const struct oci_weight_device *d, unsigned weight,
			const void *from)
{
	unsigned other = WEIGHT_MIN +
			 (weight - BLKIO_MIN) * (WEIGHT_MAX - WEIGHT_MIN) / (BLKIO_MAX - BLKIO_MIN);

	if (weight < BLKIO_MIN || weight > BLKIO_MAX) {
		refuse(p, from, "weight", "must be from 10 to 1000, is %u", weight);
		return;
	}
	add_write(p, "io.bfq.weight", weight_text(p, d, weight), .other_file = "io.weight",
		  .other_value = weight_text(p, d, other), .from = from, .member = "weight");
}

static void throttle_plan(struct planner *p, const oci_throttle *list, const char *key)
{
	/* In v1 a rate of 0 took the limit away. */
	for_each (t, list)
		add_write(p, "io.max",
			  t->rate ? text(p, "%" PRId64 ":%" PRId64 " %s=%" PRIu64, t->major,
					 t->minor, key, t->rate)
				  : text(p, "%" PRId64 ":%" PRId64 " %s=max", t->major, t->minor,
					 key),
			  .from = t);
}

static void io_plan(struct planner *p, const struct oci_block_io *io)
{
	if (io->weight && *io->weight)
		weight_plan(p, NULL, *io->weight, io);
	for_each (d, &io->weight_device)
		if (d->weight && *d->weight)
			weight_plan(p, d, *d->weight, d);
	throttle_plan(p, &io->read_bps, "rbps");
	throttle_plan(p, &io->write_bps, "wbps");
	throttle_plan(p, &io->read_iops, "riops");
	throttle_plan(p, &io->write_iops, "wiops");
}

/* The reservation fails at mmap(2), the limit with SIGBUS in the middle of things: so both. */
static void hugepages_plan(struct planner *p, const struct oci_hugepage_limit *h)
{
	const char *value = h->limit > INT64_MAX ? "max" : text(p, "%" PRIu64, h->limit);

	add_write(p, text(p, "hugetlb.%s.rsvd.max", h->page_size), value, .from = h);
	add_write(p, text(p, "hugetlb.%s.max", h->page_size), value, .from = h);
}

static void rdma_plan(struct planner *p, const struct oci_rdma *r)
{
	const char *line = r->key;

	if (r->hca_handles)
		line = text(p, "%s hca_handle=%u", line, *r->hca_handles);
	if (r->hca_objects)
		line = text(p, "%s hca_object=%u", line, *r->hca_objects);
	add_write(p, "rdma.max", line, .from = r);
}

/* One write a line: files like io.max take no more at a time. */
static void unified_plan(struct planner *p, const struct json_pair *pair)
{
	const char *value = pair->value;

	do {
		size_t len = strcspn(value, "\n");

		if (len || !*pair->value)
			add_write(p, pair->key, arena_strndup(p->arena, value, len), .from = pair);
		value += len + (value[len] == '\n');
	} while (*value);
}

/* Whether it is none of the files that hull itself steers the container with. */
static bool unified_check(struct planner *p, const struct json_pair *pair)
{
	static const char *const ours[] = { "cgroup.procs", "cgroup.threads", "cgroup.kill",
					    "cgroup.freeze", NULL };

	for (const char *const *file = ours; *file; file++)
		if (!strcmp(*file, pair->key)) {
			refuse(p, pair, NULL, "is no limit: this file moves or stops processes");
			return false;
		}
	return true;
}

void resources_plan(struct planner *p, const struct oci_resources *r)
{
	if (r->pids && r->pids->limit)
		limit_plan(p, "pids.max", "max", *r->pids->limit, r->pids, "limit");
	if (r->memory)
		memory_plan(p, r->memory);
	if (r->block_io)
		io_plan(p, r->block_io);
	if (r->cpu) {
		cpu_plan(p, r->cpu);
		cpuset_one(p, r->cpu, r->cpu->cpus, "cpuset.cpus", "cpus");
		cpuset_one(p, r->cpu, r->cpu->mems, "cpuset.mems", "mems");
	}
	for_each (h, &r->hugepage_limits)
		hugepages_plan(p, h);
	for_each (dev, &r->rdma)
		rdma_plan(p, dev);
	/* Last: what is written here wins over the properties above. */
	for_each (pair, &r->unified)
		if (unified_check(p, pair))
			unified_plan(p, pair);
}
