/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container's configuration is after `update`, by the rule that it is
 * then as if the container had been created with it: what is asked for
 * replaces, what is not asked for stays, and of lists by device, page size or
 * name only the entries count that are there.
 */
#include "update.h"

#include <string.h>

#define UNLIMITED	       (-1)

#define TAKE(to, from, member) ((to)->member = (from)->member ? (from)->member : (to)->member)

/* The object at @p, which is made if there is none. */
#define HAVE(a, p) \
	({ \
		__typeof__(p) *at_ = &(p); \
		if (!*at_) \
			*at_ = arena_alloc(a, 1, sizeof(**at_)); \
		*at_; \
	})

/* One more entry behind those of @list, which need not be our own. */
#define EXTEND(a, list) \
	({ \
		__typeof__((list)->v) v_ = arena_alloc(a, (list)->n + 2, sizeof(*v_)); \
		if ((list)->n) \
			memcpy(v_, (list)->v, (list)->n * sizeof(*v_)); \
		(list)->v = v_; \
		&v_[(list)->n++]; \
	})

/* The entry that is @same as *@item; if there is none, a new one. */
#define ENTRY(a, list, item, same) \
	({ \
		__typeof__((list)->v) found_ = NULL; \
		for_each (e_, list) \
			if (same(e_, item)) \
				found_ = e_; \
		if (!found_) \
			found_ = EXTEND(a, list); \
		found_; \
	})

/* Drops the entries for which @gone holds. */
#define PRUNE(list, gone) \
	do { \
		size_t n_ = 0; \
		for_each (e_, list) \
			if (!gone(e_)) \
				(list)->v[n_++] = *e_; \
		(list)->n = n_; \
	} while (0)

/* ---- zeros ---- */

#define DROP_ZERO(o, member) ((o)->member = (o)->member && *(o)->member ? (o)->member : NULL)

static bool is_weightless(const struct oci_weight_device *d)
{
	return !d->leaf_weight && (!d->weight || !*d->weight);
}

static void cpu_clean(struct oci_cpu *cpu)
{
	DROP_ZERO(cpu, shares);
	DROP_ZERO(cpu, quota);
	DROP_ZERO(cpu, period);
	DROP_ZERO(cpu, realtime_runtime);
	DROP_ZERO(cpu, realtime_period);
	DROP_ZERO(cpu, cpus);
	DROP_ZERO(cpu, mems);
}

void resources_clean(struct oci_resources *r, bool file)
{
	if (r->memory) {
		DROP_ZERO(r->memory, limit);
		DROP_ZERO(r->memory, reservation);
		DROP_ZERO(r->memory, swap);
		DROP_ZERO(r->memory, kernel);
		DROP_ZERO(r->memory, kernel_tcp);
	}
	if (r->cpu)
		cpu_clean(r->cpu);
	if (r->block_io) {
		DROP_ZERO(r->block_io, weight);
		PRUNE(&r->block_io->weight_device, is_weightless);
	}
	/* The Go type of older engines has no other way to leave it out. */
	if (r->pids && file)
		DROP_ZERO(r->pids, limit);
}

/* ---- what is asked for ---- */

static void memory_merge(struct oci_memory *to, const struct oci_memory *from)
{
	/* A sum of memory and swap means nothing where memory has no limit any more. */
	if (from->limit && *from->limit == UNLIMITED)
		to->swap = NULL;
	TAKE(to, from, limit);
	TAKE(to, from, reservation);
	TAKE(to, from, swap);
	TAKE(to, from, check_before_update);
}

static void cpu_merge(struct oci_cpu *to, const struct oci_cpu *from)
{
	TAKE(to, from, shares);
	TAKE(to, from, quota);
	TAKE(to, from, burst);
	TAKE(to, from, period);
	TAKE(to, from, cpus);
	TAKE(to, from, mems);
	TAKE(to, from, idle);
}

static bool same_weight(const struct oci_weight_device *a, const struct oci_weight_device *b)
{
	return a->major == b->major && a->minor == b->minor;
}

static bool same_throttle(const struct oci_throttle_device *a, const struct oci_throttle_device *b)
{
	return a->major == b->major && a->minor == b->minor;
}

static void throttle_merge(struct arena *a, oci_throttle *to, const oci_throttle *from)
{
	for_each (t, from)
		*ENTRY(a, to, t, same_throttle) = *t;
}

static void io_merge(struct arena *a, struct oci_block_io *to, const struct oci_block_io *from)
{
	TAKE(to, from, weight);
	for_each (d, &from->weight_device)
		*ENTRY(a, &to->weight_device, d, same_weight) = *d;
	throttle_merge(a, &to->read_bps, &from->read_bps);
	throttle_merge(a, &to->write_bps, &from->write_bps);
	throttle_merge(a, &to->read_iops, &from->read_iops);
	throttle_merge(a, &to->write_iops, &from->write_iops);
}

static bool same_page(const struct oci_hugepage_limit *a, const struct oci_hugepage_limit *b)
{
	return !strcmp(a->page_size, b->page_size);
}

static bool same_rdma(const struct oci_rdma *a, const struct oci_rdma *b)
{
	return !strcmp(a->key, b->key);
}

static bool same_key(const struct json_pair *a, const struct json_pair *b)
{
	return !strcmp(a->key, b->key);
}

static void rdma_merge(struct oci_rdma *to, const struct oci_rdma *from)
{
	to->key = from->key;
	TAKE(to, from, hca_handles);
	TAKE(to, from, hca_objects);
}

void resources_merge(struct arena *a, struct oci_resources *to, const struct oci_resources *from)
{
	if (from->devices.n) {
		to->devices.v = from->devices.v;
		to->devices.n = from->devices.n;
	}
	if (from->memory)
		memory_merge(HAVE(a, to->memory), from->memory);
	if (from->cpu)
		cpu_merge(HAVE(a, to->cpu), from->cpu);
	if (from->pids)
		TAKE(HAVE(a, to->pids), from->pids, limit);
	if (from->block_io)
		io_merge(a, HAVE(a, to->block_io), from->block_io);
	for_each (h, &from->hugepage_limits)
		*ENTRY(a, &to->hugepage_limits, h, same_page) = *h;
	for_each (r, &from->rdma)
		rdma_merge(ENTRY(a, &to->rdma, r, same_rdma), r);
	for_each (pair, &from->unified)
		*ENTRY(a, &to->unified, pair, same_key) = *pair;
}

static bool same_rlimit(const struct oci_rlimit *a, const struct oci_rlimit *b)
{
	return a->type && b->type && !strcmp(a->type, b->type);
}

void process_merge(struct arena *a, struct oci_process *to, const struct oci_process *from)
{
	for_each (r, &from->rlimits)
		*ENTRY(a, &to->rlimits, r, same_rlimit) = *r;
	TAKE(to, from, oom_score_adj);
	if (from->exec_cpu_affinity)
		TAKE(HAVE(a, to->exec_cpu_affinity), from->exec_cpu_affinity, final);
}

/* ---- what belongs to it ---- */

static bool has_unified(const struct oci_resources *r, const char *file)
{
	for_each (pair, &r->unified)
		if (!strcmp(pair->key, file))
			return true;
	return false;
}

/* Of v1 is the sum of memory and swap: the limit of swap alone depends on both. */
static const char **memory_complete(struct oci_memory *request, const struct oci_resources *all,
				    const char **unwritten)
{
	const struct oci_memory *merged = all->memory;

	request->check_before_update = merged->check_before_update;
	if (!request->limit && !request->swap)
		return unwritten;
	if (!request->limit)
		*unwritten++ = "memory.max";
	request->limit = merged->limit;
	request->swap = merged->swap;
	/* A default of containerd's: see swap_is_default() in resources.c. */
	if (request->limit && request->swap && *request->limit == *request->swap &&
	    has_unified(all, "memory.swap.max"))
		*unwritten++ = "memory.swap.max";
	return unwritten;
}

/* cpu.max holds quota and period, and burst is counted against the quota. */
static const char **bandwidth_complete(struct oci_cpu *request, const struct oci_cpu *merged,
				       const char **unwritten)
{
	if (!request->quota && !request->period && !request->burst)
		return unwritten;
	if (!request->quota && !request->period)
		*unwritten++ = "cpu.max";
	if (!request->burst)
		*unwritten++ = "cpu.max.burst";
	request->quota = merged->quota;
	request->period = merged->period;
	request->burst = merged->burst;
	return unwritten;
}

/* The kernel refuses a weight while the cgroup is idle, and has forgotten it afterwards. */
static void weight_complete(struct oci_cpu *request, const struct oci_cpu *merged)
{
	if (merged->idle && *merged->idle)
		request->shares = NULL;
	else if (request->idle)
		request->shares = merged->shares;
}

void resources_complete(struct oci_resources *request, const struct oci_resources *merged,
			const char *unwritten[UNWRITTEN_MAX])
{
	const char **end = unwritten;

	if (request->memory)
		end = memory_complete(request->memory, merged, end);
	if (request->cpu)
		end = bandwidth_complete(request->cpu, merged->cpu, end);
	if (request->cpu)
		weight_complete(request->cpu, merged->cpu);
	*end = NULL;
}
