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
#include <limits.h>
#include <string.h>

enum {
	WEIGHT_MIN = 1,
	WEIGHT_MAX = 10000,
	BLKIO_MIN = 10,
	BLKIO_MAX = 1000,
	/* µs; the bounds are the kernel's (kernel/sched/core.c), whose error would be EINVAL */
	PERIOD_DEFAULT = 100000,
	PERIOD_MIN = 1000,
	PERIOD_MAX = 1000000,
	QUOTA_MIN = 1000,
	/* Processes that there can be: more is no limit, and pids.max does not take it. */
	PIDS_MAX = 4 << 20,
};

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
 * kubelet says in unified how much a container may swap, and containerd adds
 * a swap that is equal to limit, so that it may not at all, to every memory
 * limit. That is its default, and no contradiction.
 */
static bool swap_is_default(const struct oci_resources *r)
{
	const struct oci_memory *m = r->memory;

	if (!m->limit || !m->swap || *m->limit != *m->swap)
		return false;
	for_each (pair, &r->unified)
		if (!strcmp(pair->key, "memory.swap.max"))
			return true;
	return false;
}

/*
 * v1 limits the sum of memory and swap, v2 each by itself. Nothing is said
 * about swap: it is limited only as far as memory is.
 */
static void swap_plan(struct planner *p, const struct oci_resources *r)
{
	const struct oci_memory *m = r->memory;
	int64_t limit = m->limit ? *m->limit : 0;
	int64_t swap = m->swap ? *m->swap : 0;
	const char *value;

	if ((!swap && limit >= 0) || swap_is_default(r))
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

static void memory_plan(struct planner *p, const struct oci_resources *r)
{
	const struct oci_memory *m = r->memory;
	size_t n = p->plan->cgroup.writes.n;

	swap_plan(p, r);
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

	if (period < PERIOD_MIN || period > PERIOD_MAX)
		refuse(p, cpu, "period", "must be from %d to %d microseconds, is %" PRIu64,
		       PERIOD_MIN, PERIOD_MAX, period);
	if (quota > 0 && quota < QUOTA_MIN)
		refuse(p, cpu, "quota", "must be %d microseconds or more, is %" PRId64, QUOTA_MIN,
		       quota);
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
	add_write(p, file, list, .effective = text(p, "%s.effective", file), .from = cpu,
		  .member = member);
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

/* "2MB 1GB" has "2MB" */
static bool is_page_size_here(const char *sizes, const char *size)
{
	size_t len = strlen(size);

	for (const char *at = sizes; (at = strstr(at, size)); at += len)
		if ((at == sizes || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

/* The reservation fails at mmap(2), the limit with SIGBUS in the middle of things: so both. */
static void hugepages_plan(struct planner *p, const struct oci_hugepage_limit *h)
{
	const char *value = h->limit > INT64_MAX ? "max" : text(p, "%" PRIu64, h->limit);
	const char *sizes = p->host->hugepage_sizes;

	if (sizes && !is_page_size_here(sizes, h->page_size)) {
		refuse(p, h, "pageSize",
		       "there are no huge pages of %s on this host (there are: %s)", h->page_size,
		       *sizes ? sizes : "none");
		return;
	}
	add_write(p, text(p, "hugetlb.%s.rsvd.max", h->page_size), value, .from = h);
	add_write(p, text(p, "hugetlb.%s.max", h->page_size), value, .from = h);
}

/* The kernel counts them as int: what is more is no limit. */
static const char *count_text(struct planner *p, const char *line, const char *name, uint32_t n)
{
	return n >= INT_MAX ? text(p, "%s %s=max", line, name) : text(p, "%s %s=%u", line, name, n);
}

static void rdma_plan(struct planner *p, const struct oci_rdma *r)
{
	const char *line = r->key;

	if (r->hca_handles)
		line = count_text(p, line, "hca_handle", *r->hca_handles);
	if (r->hca_objects)
		line = count_text(p, line, "hca_object", *r->hca_objects);
	add_write(p, "rdma.max", line, .from = r);
}

static void pids_plan(struct planner *p, const struct oci_pids *pids)
{
	int64_t limit = *pids->limit > PIDS_MAX ? -1 : *pids->limit;

	limit_plan(p, "pids.max", "max", limit, pids, "limit");
}

void resources_plan(struct planner *p, const struct oci_resources *r)
{
	if (r->pids && r->pids->limit)
		pids_plan(p, r->pids);
	if (r->memory)
		memory_plan(p, r);
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
	unified_plan(p, r);
	writes_check(p);
}
