/* SPDX-License-Identifier: Apache-2.0 */
/* The unit of systemd: its name and place, and limits and devices as properties. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/plan/unit.h"
#include "room.h"

#define PATH(p)	"{'linux':{'cgroupsPath':'" p "'}}"

static void placed(struct planner *p)
{
	p->plan->id = "c1";
	((struct request *)p->request)->cgroup_manager = CGROUP_SYSTEMD;
	cgroup_plan(p);
}

static void test_names(void **state)
{
	static const struct {
		const char *json, *name, *slice, *path;
	} cases[] = {
		{ "{}", "hull-c1.scope", "system.slice", "/system.slice/hull-c1.scope" },
		{ PATH(""), "hull-c1.scope", "system.slice", "/system.slice/hull-c1.scope" },
		{ PATH("::"), "hull-c1.scope", "system.slice", "/system.slice/hull-c1.scope" },
		{ PATH("machine.slice:libpod:ab"), "libpod-ab.scope", "machine.slice",
		  "/machine.slice/libpod-ab.scope" },
		{ PATH("a-b-c.slice:p:n"), "p-n.scope", "a-b-c.slice",
		  "/a.slice/a-b.slice/a-b-c.slice/p-n.scope" },
		{ PATH("a.b-c.slice:p:n"), "p-n.scope", "a.b-c.slice",
		  "/a.b.slice/a.b-c.slice/p-n.scope" },
		{ PATH("-.slice:p:n"), "p-n.scope", "-.slice", "/p-n.scope" },
		{ PATH("-:p:n"), "p-n.scope", "-.slice", "/p-n.scope" },
		{ PATH(":p:"), "p-c1.scope", "system.slice", "/system.slice/p-c1.scope" },
		{ PATH("::n"), "hull-n.scope", "system.slice", "/system.slice/hull-n.scope" },
		/* systemd-escape(1), but for what engines write on purpose */
		{ PATH(":.p@:a b+c"), "\\x2ep\\x40-a\\x20b\\x2bc.scope", "system.slice",
		  "/system.slice/\\x2ep\\x40-a\\x20b\\x2bc.scope" },
		{ PATH(":p:a\\\\x2db_c.d"), "p-a\\x2db_c.d.scope", "system.slice",
		  "/system.slice/p-a\\x2db_c.d.scope" },
		{ PATH("::a.service"), "hull-a.service.scope", "system.slice",
		  "/system.slice/hull-a.service.scope" },
		/* slices */
		{ PATH("::a-b.slice"), "a-b.slice", NULL, "/a.slice/a-b.slice" },
		{ PATH("a.slice:p:a-b.slice"), "a-b.slice", "a.slice", "/a.slice/a-b.slice" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct cgroup_plan *plan;
		struct room r;

		room_open(&r, cases[i].json);
		placed(&r.p);
		room_expect(&r, "", "", false);
		plan = &r.plan.cgroup;
		assert_string_equal(plan->unit.name, cases[i].name);
		if (cases[i].slice)
			assert_string_equal(plan->unit.slice, cases[i].slice);
		else
			assert_null(plan->unit.slice);
		assert_string_equal(plan->path, cases[i].path);
		assert_true(plan->required && !plan->unit.user);
		room_close(&r);
	}
}

static void test_forms_refused(void **state)
{
	static const struct room_case cases[] = {
		{ PATH("/a/b"), "/linux/cgroupsPath", "slice:prefix:name" },
		{ PATH("a"), "/linux/cgroupsPath", "slice:prefix:name" },
		{ PATH("a.slice:b"), "/linux/cgroupsPath", "slice:prefix:name" },
		{ PATH("a.slice:b:c:d"), "/linux/cgroupsPath", "slice:prefix:name" },
		{ PATH("a.slice:b:c/d"), "/linux/cgroupsPath", "slice:prefix:name" },
		{ PATH("/a.slice:b:c"), "/linux/cgroupsPath", "slice:prefix:name" },
		{ PATH("a:b:c"), "/linux/cgroupsPath", "name of a slice" },
		{ PATH(".slice:b:c"), "/linux/cgroupsPath", "name of a slice" },
		{ PATH("a--b.slice:b:c"), "/linux/cgroupsPath", "name of a slice" },
		{ PATH("-a.slice:b:c"), "/linux/cgroupsPath", "name of a slice" },
		{ PATH("a-.slice:b:c"), "/linux/cgroupsPath", "name of a slice" },
		{ PATH("a b.slice:b:c"), "/linux/cgroupsPath", "name of a slice" },
		{ PATH("a@b.slice:b:c"), "/linux/cgroupsPath", "name of a slice" },
		{ PATH("a.scope:b:c"), "/linux/cgroupsPath", "name of a slice" },
		{ PATH("::-.slice"), "/linux/cgroupsPath", "name of a slice" },
		{ PATH("::a--b.slice"), "/linux/cgroupsPath", "name of a slice" },
		{ 0 }
	};
	char json[512], name[300];
	struct room_case too_long[2] = { { json, "/linux/cgroupsPath", "at most 255" } };

	(void)state;
	room_refuses(placed, cases, false);
	memset(name, 'x', sizeof(name));
	snprintf(json, sizeof(json), PATH("::%.*s"), 245, name);	/* hull- and .scope */
	room_refuses(placed, too_long, false);
}

static void test_managers(void **state)
{
	static const struct {
		uid_t euid;
		bool nested, ours, user;
	} cases[] = {
		{ 0, false, false, false }, { 1000, false, false, true }, { 0, true, false, true },
		{ 0, true, true, false }, { 1000, true, true, true },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct room r;

		room_open(&r, "{}");
		r.host.euid = cases[i].euid;
		r.host.init_userns = !cases[i].nested;
		r.host.systemd_ours = cases[i].ours;
		placed(&r.p);
		assert_int_equal(r.plan.cgroup.unit.user, cases[i].user);
		assert_string_equal(r.plan.cgroup.unit.slice,
				    cases[i].user ? "user.slice" : "system.slice");
		/* Where a user's manager is, only that knows. */
		assert_int_equal(!r.plan.cgroup.path, cases[i].user);
		room_close(&r);
	}
}

/* ---- properties ---- */

static char *item_text(struct arena *a, const char *type, const struct unit_item *item)
{
	if (!strcmp(type, "s"))
		return arena_strdup(a, item->text);
	if (!strcmp(type, "a(ss)"))
		return arena_printf(a, "%s=%s", item->text, item->word);
	if (!strcmp(type, "a(st)"))
		return item->number == UNIT_INFINITY ? arena_printf(a, "%s=inf", item->text) :
			arena_printf(a, "%s=%" PRIu64, item->text, item->number);
	if (item->number == UNIT_INFINITY)
		return arena_strdup(a, "inf");
	return arena_printf(a, "%" PRIu64, item->number);
}

/* "Name=value,value Name=value" */
static char *properties_text(struct arena *a, const unit_properties *list)
{
	char *text = arena_strdup(a, "");

	for_each (p, list) {
		text = arena_printf(a, "%s%s%s%s", text, *text ? " " : "", p->name,
				    p->items.n ? "=" : "");
		for_each (item, &p->items)
			text = arena_printf(a, "%s%s%s", text, item == p->items.v ? "" : ",",
					    item_text(a, p->type, item));
	}
	return text;
}

/* @writes: "file=value;file=value" */
static void limits_check(const char *writes, const char *properties)
{
	auto_arena struct arena a = { 0 };
	struct cgroup_plan plan = { 0 };
	unit_properties list = { 0 };

	for (char *rest = arena_strdup(&a, writes), *write; (write = strsep(&rest, ";"));) {
		char *value = strchr(write, '=');

		*value++ = 0;
		*list_add(&a, &plan.writes) = (struct cgroup_write){ write, value };
	}
	unit_limits(&a, &plan, &list);
	assert_string_equal(properties_text(&a, &list), properties);
}

static void test_limits(void **state)
{
	static const struct { const char *writes, *properties; } cases[] = {
		{ "memory.max=1048576", "MemoryMax=1048576" },
		{ "memory.max=max", "MemoryMax=inf" },
		{ "memory.max=0", "MemoryMax=1" },	/* systemd knows no less */
		{ "memory.max=2M", "MemoryMax=2097152" },
		{ "memory.max=1k", "MemoryMax=1024" },
		{ "memory.max=16E", "" },		/* more than 64 bits */
		{ "memory.max=2X", "" }, { "memory.max=2MB", "" }, { "memory.max=", "" },
		{ "memory.max=-1", "" },
		{ "memory.high=5;memory.low=6;memory.min=0",
		  "MemoryHigh=5 MemoryLow=6 MemoryMin=0" },
		{ "memory.swap.max=0;memory.zswap.max=max;memory.zswap.writeback=0",
		  "MemorySwapMax=0 MemoryZSwapMax=inf MemoryZSwapWriteback=0" },
		{ "memory.oom.group=1", "OOMPolicy=kill" },
		{ "memory.oom.group=0", "OOMPolicy=continue" },
		{ "memory.oom.group=2", "" },
		{ "pids.max=0", "TasksMax=1" },
		{ "pids.max=10;pids.max=20", "TasksMax=20" },
		{ "cpu.weight=100", "CPUWeight=100" },
		{ "cpu.weight=100;cpu.idle=1", "CPUWeight=0" },
		{ "cpu.idle=0;cpu.weight=50", "CPUWeight=50" },
		{ "cpu.idle=0", "CPUWeight=inf" },	/* as if it had never been set */
		{ "cpu.max=50000 100000", "CPUQuotaPerSecUSec=500000 CPUQuotaPeriodUSec=100000" },
		/* up to the next percent, which is what systemd keeps */
		{ "cpu.max=12345 100000", "CPUQuotaPerSecUSec=130000 CPUQuotaPeriodUSec=100000" },
		{ "cpu.max=1000 1000000", "CPUQuotaPerSecUSec=10000 CPUQuotaPeriodUSec=1000000" },
		{ "cpu.max=1001 3000", "CPUQuotaPerSecUSec=340000 CPUQuotaPeriodUSec=3000" },
		{ "cpu.max=18446744073709551614 1000000",
		  "CPUQuotaPerSecUSec=inf CPUQuotaPeriodUSec=1000000" },
		{ "cpu.max=max 20000", "CPUQuotaPerSecUSec=inf CPUQuotaPeriodUSec=20000" },
		{ "cpu.max=max", "CPUQuotaPerSecUSec=inf" },
		{ "cpu.max=5000", "CPUQuotaPerSecUSec=50000" },
		{ "cpu.max=0 100000", "" }, { "cpu.max=5 0", "" }, { "cpu.max=5 x", "" },
		{ "cpuset.cpus=0-3,9", "AllowedCPUs=15,2" },
		{ "cpuset.cpus=64", "AllowedCPUs=0,0,0,0,0,0,0,0,1" },
		{ "cpuset.mems=0", "AllowedMemoryNodes=1" },
		{ "cpuset.cpus=x", "" },
		{ "io.weight=100", "IOWeight=100" },
		{ "io.weight=default 200", "IOWeight=200" },
		{ "io.weight=8:0 300;io.weight=8:16 400;io.weight=8:0 500",
		  "IODeviceWeight=/dev/block/8:0=500,/dev/block/8:16=400" },
		{ "io.weight=8:0 default", "" },
		{ "io.max=8:0 rbps=1 wbps=2 riops=3 wiops=4",
		  "IOReadBandwidthMax=/dev/block/8:0=1 IOWriteBandwidthMax=/dev/block/8:0=2 "
		  "IOReadIOPSMax=/dev/block/8:0=3 IOWriteIOPSMax=/dev/block/8:0=4" },
		{ "io.max=8:0 rbps=1;io.max=8:1 rbps=max;io.max=8:0 rbps=2",
		  "IOReadBandwidthMax=/dev/block/8:0=2,/dev/block/8:1=inf" },
		{ "io.max=8 rbps=1", "" }, { "io.max=8:0", "" }, { "io.max=", "" },
		{ "io.latency=8:0 target=75000",
		  "IODeviceLatencyTargetUSec=/dev/block/8:0=75000" },
		/* no property of systemd's */
		{ "cpu.max.burst=5;hugetlb.2MB.max=5;rdma.max=x hca_handle=1;some.future=1", "" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		limits_check(cases[i].writes, cases[i].properties);
}

static void test_versions(void **state)
{
	static const struct { const char *file, *value; unsigned since; } cases[] = {
		{ "memory.max", "1", 0 }, { "cpuset.cpus", "1", 0 }, { "cpu.idle", "1", 252 },
		{ "cpu.idle", "0", 0 }, { "memory.oom.group", "1", 253 },
		{ "memory.zswap.max", "1", 253 }, { "memory.zswap.writeback", "1", 256 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		auto_arena struct arena a = { 0 };
		struct cgroup_plan plan = { 0 };
		unit_properties list = { 0 };

		*list_add(&a, &plan.writes) =
			(struct cgroup_write){ cases[i].file, cases[i].value };
		unit_limits(&a, &plan, &list);
		assert_int_equal(list.n, 1);
		assert_int_equal(list.v->since, cases[i].since);
	}
}

/* Where the kernel has no BFQ, the weight is another file's. */
static void test_other_file(void **state)
{
	auto_arena struct arena a = { 0 };
	struct cgroup_plan plan = { 0 };
	unit_properties list = { 0 };

	(void)state;
	*list_add(&a, &plan.writes) =
		(struct cgroup_write){ "io.bfq.weight", "500", "io.weight", "4950" };
	unit_limits(&a, &plan, &list);
	assert_string_equal(properties_text(&a, &list), "IOWeight=4950");
}

#define DEFAULTS "/dev/char/10:200=rwm,char-136=rwm,/dev/char/5:2=rwm,/dev/char/5:1=rwm," \
		 "/dev/char/5:0=rwm,/dev/char/1:9=rwm,/dev/char/1:8=rwm,/dev/char/1:7=rwm," \
		 "/dev/char/1:5=rwm,/dev/char/1:3=rwm,block-*=m,char-*=m"
#define STRICT	"DevicePolicy=strict DeviceAllow DeviceAllow=" DEFAULTS

static void test_devices(void **state)
{
	static const struct { const char *rules, *properties; } cases[] = {
		{ "", "" },
		{ "{'allow':false}", STRICT },
		{ "{'allow':true}", "DevicePolicy=auto DeviceAllow" },
		{ "{'allow':false},{'allow':true,'type':'c','major':4,'minor':64,'access':'rw'}",
		  STRICT ",/dev/char/4:64=rw" },
		{ "{'allow':true,'type':'b','major':8}", STRICT ",block-8=rwm" },
		{ "{'allow':true,'type':'c','access':'r'}", STRICT ",char-*=r" },
		{ "{'allow':true,'major':9,'minor':1}",
		  STRICT ",/dev/char/9:1=rwm,/dev/block/9:1=rwm" },
		/* It cannot leave out the major number alone: then all of the kind. */
		{ "{'allow':true,'type':'c','minor':1,'access':'r'}", STRICT ",char-*=r" },
		/* Not every number of a major: zero is a number like others. */
		{ "{'allow':true,'type':'b','major':8,'minor':0,'access':'r'}",
		  STRICT ",/dev/block/8:0=r" },
		/* It cannot deny a part, so it says nothing about that. */
		{ "{'allow':true,'type':'b','major':8},"
		  "{'allow':false,'type':'b','major':8,'minor':1}", STRICT ",block-8=rwm" },
		/* What is denied later as a whole was never allowed. */
		{ "{'allow':true,'type':'b','major':8,'minor':1},"
		  "{'allow':false,'type':'b','major':8}", STRICT },
		{ "{'allow':true},{'allow':false,'type':'b'}", "DevicePolicy=auto DeviceAllow" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		auto_arena struct arena a = { 0 };
		unit_properties list = { 0 };
		struct room r;

		room_open(&r, arena_printf(&a, "{'linux':{'resources':{'devices':[%s]}}}",
					   cases[i].rules));
		placed(&r.p);
		device_filter_plan(&r.p);
		room_expect(&r, "", "", false);
		unit_limits(&a, &r.plan.cgroup, &list);
		assert_string_equal(properties_text(&a, &list), cases[i].properties);
		room_close(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_forms_refused),
		cmocka_unit_test(test_managers),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_other_file),
		cmocka_unit_test(test_devices),
	};

	return cmocka_run_group_tests_name("unit", tests, NULL, NULL);
}
