/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules for linux.resources: shapes, and what cgroup v2 has no file for. What
 * it cannot do is refused, not ignored (config-linux.md, "Control groups");
 * only a value that asks for what v2 does anyway is let pass.
 */
#include <string.h>

#include "rules.h"

#define NO_V2	"cgroup v2 has no such setting"

/* ---- devices ---- */

static bool is_rule_type(const char *s)
{
	return *s && strchr("abc", *s) && !s[1];
}

static bool is_access(const char *s)
{
	return *s && !s[strspn(s, "rwm")];
}

/* ---- memory ---- */

/* 0 is how engines write "not set", and -1 is no limit, as there is none in v2. */
static bool asks_for_nothing(const int64_t *limit)
{
	return !limit || *limit == 0 || *limit == -1;
}

static bool kernel_is_unset(const struct check *c, const void *object)
{
	(void)c;
	return asks_for_nothing(((const struct oci_memory *)object)->kernel);
}

static bool kernel_tcp_is_unset(const struct check *c, const void *object)
{
	(void)c;
	return asks_for_nothing(((const struct oci_memory *)object)->kernel_tcp);
}

static bool has_no_swappiness(const struct check *c, const void *object)
{
	(void)c;
	return !((const struct oci_memory *)object)->swappiness;
}

static bool oom_killer_is_on(const struct check *c, const void *object)
{
	const bool *off = ((const struct oci_memory *)object)->disable_oom_killer;

	(void)c;
	return !off || !*off;
}

static bool hierarchy_is_used(const struct check *c, const void *object)
{
	const bool *use = ((const struct oci_memory *)object)->use_hierarchy;

	(void)c;
	return !use || *use;
}

/* ---- cpu, blockIO, network ---- */

static bool has_no_rt_runtime(const struct check *c, const void *object)
{
	const int64_t *runtime = ((const struct oci_cpu *)object)->realtime_runtime;

	(void)c;
	return !runtime || !*runtime;	/* 0 is how engines write "not set" */
}

static bool has_no_rt_period(const struct check *c, const void *object)
{
	const uint64_t *period = ((const struct oci_cpu *)object)->realtime_period;

	(void)c;
	return !period || !*period;
}

static bool has_no_leaf_weight(const struct check *c, const void *object)
{
	const uint16_t *weight = ((const struct oci_block_io *)object)->leaf_weight;

	(void)c;
	return !weight || !*weight;
}

static bool device_has_no_leaf_weight(const struct check *c, const void *object)
{
	const uint16_t *weight = ((const struct oci_weight_device *)object)->leaf_weight;

	(void)c;
	return !weight || !*weight;
}

static bool has_some_weight(const struct check *c, const void *object)
{
	const struct oci_weight_device *d = object;

	(void)c;
	return d->weight || d->leaf_weight;
}

static bool has_no_class_id(const struct check *c, const void *object)
{
	const uint32_t *id = ((const struct oci_network *)object)->class_id;

	(void)c;
	return !id || !*id;	/* 0 is no class */
}

static bool has_no_priorities(const struct check *c, const void *object)
{
	(void)c;
	return !((const struct oci_network *)object)->priorities.n;
}

/* ---- hugepages, rdma, unified ---- */

/* The schema's ^[1-9][0-9]*[KMG]B$ */
static bool is_page_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	return digits && *s != '0' && s[digits] && strchr("KMG", s[digits]) &&
	       !strcmp(s + digits + 1, "B");
}

/* A line of rdma.max begins with it. */
static bool has_plain_name(const struct check *c, const void *object)
{
	const char *name = ((const struct oci_rdma *)object)->key;

	(void)c;
	return *name && !name[strcspn(name, " \t\n=")];
}

static bool has_some_hca(const struct check *c, const void *object)
{
	const struct oci_rdma *r = object;

	(void)c;
	return r->hca_handles || r->hca_objects;
}

/* "memory.high": a controller, and what follows; not "..", and no path. */
static bool is_file_name(const char *s)
{
	const char *dot = strchr(s, '.');

	return dot && dot > s && dot[1] && !strchr(s, '/');
}

/* clang-format off */
#define T(name)	&type_oci_##name
const struct rule resource_rules[] = {
	/* [RES-DEV-03] */
	{ T(device_rule), "type", "must be a, b or c", .text = is_rule_type },
	/* [RES-DEV-05] absent: all three */
	{ T(device_rule), "access", "must be letters of rwm", .text = is_access },

	/* [RES-03] */
	{ T(memory), "kernel",		 NO_V2, .object = kernel_is_unset },
	{ T(memory), "kernelTCP",	 NO_V2, .object = kernel_tcp_is_unset },
	{ T(memory), "swappiness",	 NO_V2, .object = has_no_swappiness },
	{ T(memory), "disableOOMKiller", NO_V2, .object = oom_killer_is_on },
	{ T(memory), "useHierarchy", "cgroup v2 is always hierarchical",
	  .object = hierarchy_is_used },
	{ T(cpu), "realtimeRuntime",	 NO_V2, .object = has_no_rt_runtime },
	{ T(cpu), "realtimePeriod",	 NO_V2, .object = has_no_rt_period },
	{ T(block_io), "leafWeight",	 NO_V2, .object = has_no_leaf_weight },
	{ T(weight_device), "leafWeight", NO_V2, .object = device_has_no_leaf_weight },
	{ T(network), "classID",	 NO_V2, .object = has_no_class_id },
	{ T(network), "priorities",	 NO_V2, .object = has_no_priorities },

	/* [RES-BIO-03] */
	{ T(weight_device), "weight", "missing", .object = has_some_weight },
	/* [RES-HP-01] */
	{ T(hugepage_limit), "pageSize", "must be like 64KB, 2MB or 1GB", .text = is_page_size },
	/* [RES-RDMA-01] */
	{ T(rdma), NULL, "the device's name has blanks or '=' in it", .object = has_plain_name },
	{ T(rdma), NULL, "must have hcaHandles or hcaObjects", .object = has_some_hca },
	/* [RES-UNI-05] it is opened in the container's cgroup */
	{ T(resources), "unified", "must be the name of a file of a cgroup, like memory.high",
	  .key = is_file_name },
	{ 0 }
};
