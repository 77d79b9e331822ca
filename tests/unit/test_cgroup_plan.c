/* SPDX-License-Identifier: Apache-2.0 */
/* linux.cgroupsPath and linux.resources: where, and which files get which values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/plan/resources.h"
#include "room.h"

static void test_shares(void **state)
{
	static const struct { uint64_t shares; unsigned weight; } cases[] = {
		{ 2, 1 }, { 3, 2 }, { 10, 4 }, { 102, 17 }, { 256, 35 }, { 512, 59 }, { 1000, 99 },
		{ 1023, 100 }, { 1024, 100 }, { 1025, 101 }, { 2048, 174 }, { 10240, 639 },
		{ 65536, 3023 }, { 262144, 10000 },
		{ 0, 1 }, { 1, 1 }, { 262143, 10000 }, { UINT64_MAX, 10000 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		assert_int_equal(weight_of_shares(cases[i].shares), cases[i].weight);
	for (uint64_t shares = 3; shares < 262144; shares++)
		assert_true(weight_of_shares(shares - 1) <= weight_of_shares(shares));
}

/* "file=value\n…" of a linux.resources. */
static char *writes_text(struct room *r)
{
	char *text = arena_strdup(&r->arena, "");

	for_each (w, &r->plan.cgroup.writes)
		text = arena_printf(&r->arena, "%s%s=%s\n", text, w->file, w->value);
	return text;
}

static void resources_open(struct room *r, const char *resources)
{
	auto_arena struct arena a = { 0 };

	room_open(r, arena_printf(&a, "{'linux':{'resources':{%s}}}", resources));
	resources_plan(&r->p, r->config.spec.linux->resources);
}

static void test_writes(void **state)
{
	static const struct { const char *resources, *writes; } cases[] = {
		/* RES-MEM-10: swap of v1 is memory and swap together */
		{ "'memory':{'limit':100,'swap':300}", "memory.swap.max=200\nmemory.max=100\n" },
		{ "'memory':{'limit':100,'swap':100}", "memory.swap.max=0\nmemory.max=100\n" },
		{ "'memory':{'limit':100,'swap':-1}", "memory.swap.max=max\nmemory.max=100\n" },
		{ "'memory':{'limit':-1}", "memory.swap.max=max\nmemory.max=max\n" },
		{ "'memory':{'limit':-1,'swap':300}", "memory.swap.max=300\nmemory.max=max\n" },
		{ "'memory':{'swap':-1}", "memory.swap.max=max\n" },
		{ "'memory':{'limit':100,'swap':0}", "memory.max=100\n" },
		{ "'memory':{'limit':100}", "memory.max=100\n" },
		{ "'memory':{'limit':0,'reservation':0,'swap':0}", "" },
		{ "'memory':{'reservation':-1}", "memory.low=max\n" },
		{ "'memory':{'limit':9223372036854775807}", "memory.max=9223372036854775807\n" },

		{ "'pids':{'limit':0}", "pids.max=0\n" },
		{ "'pids':{'limit':-1}", "pids.max=max\n" },
		{ "'pids':{'limit':4194304}", "pids.max=4194304\n" },
		{ "'pids':{'limit':4194305}", "pids.max=max\n" },
		{ "'pids':{}", "" },

		{ "'cpu':{'quota':5000}", "cpu.max=5000 100000\n" },
		{ "'cpu':{'quota':5000,'period':20000}", "cpu.max=5000 20000\n" },
		{ "'cpu':{'period':20000}", "cpu.max=max 20000\n" },
		{ "'cpu':{'quota':-1,'period':20000}", "cpu.max=max 20000\n" },
		{ "'cpu':{'quota':0,'period':0,'shares':0,'cpus':'','mems':''}", "" },
		{ "'cpu':{'quota':1000,'period':1000000}", "cpu.max=1000 1000000\n" },
		{ "'cpu':{'quota':5000,'burst':5000}", "cpu.max=5000 100000\ncpu.max.burst=5000\n" },
		{ "'cpu':{'shares':1024,'idle':1}", "cpu.weight=100\ncpu.idle=1\n" },
		{ "'cpu':{'shares':1024,'idle':0}", "cpu.idle=0\ncpu.weight=100\n" },
		{ "'cpu':{'cpus':'0-3,7','mems':'0'}", "cpuset.cpus=0-3,7\ncpuset.mems=0\n" },

		{ "'blockIO':{'weight':0}", "" },
		{ "'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':5},"
		  "{'major':8,'minor':1,'rate':0}]}", "io.max=8:0 rbps=5\nio.max=8:1 rbps=max\n" },

		{ "'hugepageLimits':[{'pageSize':'2MB','limit':9}]",
		  "hugetlb.2MB.rsvd.max=9\nhugetlb.2MB.max=9\n" },
		{ "'hugepageLimits':[{'pageSize':'1GB','limit':18446744073709551615}]",
		  "hugetlb.1GB.rsvd.max=max\nhugetlb.1GB.max=max\n" },
		{ "'rdma':{'m':{'hcaHandles':0}}", "rdma.max=m hca_handle=0\n" },
		{ "'rdma':{'m':{'hcaHandles':2147483646,'hcaObjects':2147483647}}",
		  "rdma.max=m hca_handle=2147483646 hca_object=max\n" },
		{ "'rdma':{'m':{'hcaObjects':2,'hcaHandles':1}}",
		  "rdma.max=m hca_handle=1 hca_object=2\n" },

		{ "'unified':{'io.max':'8:0 rbps=1\\n8:1 rbps=2\\n','cpu.weight':'1'},'cpu':{'shares':2}",
		  "cpu.weight=1\nio.max=8:0 rbps=1\nio.max=8:1 rbps=2\ncpu.weight=1\n" },
		{ "'unified':{'x.y':'','x.z':'\\n\\nb'}", "x.y=\n\nx.z=b\n" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct room r;

		resources_open(&r, cases[i].resources);
		room_expect(&r, "", "", false);
		assert_string_equal(writes_text(&r), cases[i].writes);
		room_close(&r);
	}
}

#define RES(r)	"{'linux':{'resources':{" r "}}}"

static void planned(struct planner *p)
{
	resources_plan(p, p->config->spec.linux->resources);
}

static void planned_hybrid(struct planner *p)
{
	struct host *host = (struct host *)p->host;

	host->cgroup_v1 = "cpu,cpuacct memory";
	host->cgroup_controllers = "io hugetlb";
	host->hugepage_sizes = "32MB 2MB";
	planned(p);
}

static void test_io_weight(void **state)
{
	static const struct { const char *v1, *v2; } cases[] = {
		{ "10", "1" }, { "100", "910" }, { "500", "4950" }, { "1000", "10000" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		auto_arena struct arena a = { 0 };
		const struct cgroup_write *w;
		struct room r;

		resources_open(&r, arena_printf(&a, "'blockIO':{'weight':%s}", cases[i].v1));
		w = r.plan.cgroup.writes.v;
		assert_string_equal(w->file, "io.bfq.weight");
		assert_string_equal(w->value, cases[i].v1);
		assert_string_equal(w->other_file, "io.weight");
		assert_string_equal(w->other_value, cases[i].v2);
		room_close(&r);
	}
}

/* Two places that set the same file; spellings of one value are no contradiction. */
static void test_contradictions(void **state)
{
	static const char *const same[] = {
		"'memory':{'limit':1073741824},'unified':{'memory.max':'1G'}",
		"'memory':{'limit':-1},'unified':{'memory.max':'max'}",
		"'memory':{'limit':1024,'swap':3072},'unified':{'memory.swap.max':'2k'}",
		"'cpu':{'quota':5000,'period':20000},'unified':{'cpu.max':'5000'}",
		"'cpu':{'quota':5000,'period':20000},'unified':{'cpu.max':'5000 20000'}",
		"'cpu':{'quota':-1},'unified':{'cpu.max':'max'}",
		"'cpu':{'cpus':'0-3'},'unified':{'cpuset.cpus':'0-1,2,3'}",
		"'blockIO':{'weight':500},'unified':{'io.weight':'4950'}",
		"'blockIO':{'weight':500},'unified':{'io.weight':'8:0 1'}",
		"'blockIO':{'weight':500},'unified':{'io.bfq.weight':'default 500'}",
		"'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':5}]},"
		"'unified':{'io.max':'8:0 wbps=7\\n8:1 rbps=6'}",
		"'rdma':{'a':{'hcaHandles':1},'b':{'hcaHandles':2}},'unified':{'rdma.max':'a hca_object=1'}",
	};
#define UNIFIED(file) "/linux/resources/unified/" file
	static const struct room_case differ[] = {
		{ RES("'memory':{'limit':1073741824},'unified':{'memory.max':'2G'}"),
		  UNIFIED("memory.max"), "/linux/resources/memory/limit sets it to \"1073741824\"" },
		{ RES("'memory':{'limit':1024},'unified':{'memory.max':'max'}"),
		  UNIFIED("memory.max"), "sets it to \"1024\"" },
		{ RES("'memory':{'limit':1024,'swap':2048},'unified':{'memory.swap.max':'7'}"),
		  UNIFIED("memory.swap.max"), "/linux/resources/memory/swap" },
		{ RES("'pids':{'limit':1},'unified':{'pids.max':'11'}"), UNIFIED("pids.max"),
		  "/linux/resources/pids/limit" },
		{ RES("'cpu':{'quota':5000,'period':20000},'unified':{'cpu.max':'5000 30000'}"),
		  UNIFIED("cpu.max"), "/linux/resources/cpu/quota" },
		{ RES("'cpu':{'cpus':'0-3'},'unified':{'cpuset.cpus':'0-2'}"),
		  UNIFIED("cpuset.cpus"), "/linux/resources/cpu/cpus" },
		{ RES("'blockIO':{'weight':500},'unified':{'io.weight':'500'}"), UNIFIED("io.weight"),
		  "/linux/resources/blockIO/weight sets it to \"4950\"" },
		{ RES("'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':5}]},"
		      "'unified':{'io.max':'8:0 wbps=7 rbps=6'}"), UNIFIED("io.max"),
		  "/linux/resources/blockIO/throttleReadBpsDevice/0" },
		{ RES("'rdma':{'a':{'hcaHandles':1}},'unified':{'rdma.max':'a hca_handle=2'}"),
		  UNIFIED("rdma.max"), "/linux/resources/rdma/a" },
		{ 0 }
	};

	(void)state;
	for (size_t i = 0; i < countof(same); i++) {
		struct room r;

		resources_open(&r, same[i]);
		room_expect(&r, "", "", false);
		room_close(&r);
	}
	room_refuses(planned, differ, false);
}

/* kubelet's limit on swap, beside containerd's default of none. */
static void test_swap_by_default(void **state)
{
	struct room r;

	(void)state;
	resources_open(&r, "'memory':{'limit':100,'swap':100},'unified':{'memory.swap.max':'7'}");
	room_expect(&r, "", "", false);
	assert_string_equal(writes_text(&r), "memory.max=100\nmemory.swap.max=7\n");
	room_close(&r);
}

/* Said before anything is made, of each property; what asks for nothing needs no controller. */
static void test_controllers(void **state)
{
	static const struct room_case cases[] = {
		{ RES("'memory':{'limit':1,'swap':1}"), "/linux/resources/memory/limit",
		  "memory belongs to cgroup v1" },
		{ RES("'pids':{'limit':1}"), "/linux/resources/pids/limit", "no controller pids" },
		{ RES("'unified':{'foo.max':'1'}"), "/linux/resources/unified/foo.max",
		  "no controller foo" },
		{ RES("'unified':{'hug.max':'1'}"), "/linux/resources/unified/hug.max",
		  "no controller hug" },
		{ RES("'hugepageLimits':[{'pageSize':'1GB','limit':1}]"),
		  "/linux/resources/hugepageLimits/0/pageSize", "no huge pages of 1GB" },
		{ RES("'hugepageLimits':[{'pageSize':'2MB','limit':1}],'pids':{'limit':-1},"
		      "'memory':{'limit':-1},'cpu':{'shares':1024},'unified':{'cgroup.max.depth':'1',"
		      "'cpu.pressure':'some 1 2'}"), "", "" },
		{ 0 }
	};

	(void)state;
	room_refuses(planned_hybrid, cases, false);
}

static void named(struct planner *p)
{
	p->plan->id = "c1";
	cgroup_plan(p);
}


static void test_refusals(void **state)
{
	static const struct room_case cases[] = {
		{ RES("'memory':{'swap':5}"), "/linux/resources/memory/swap", "needs a memory limit" },
		{ RES("'memory':{'limit':9,'swap':5}"), "/linux/resources/memory/swap", "less than" },
		{ RES("'memory':{'limit':9,'swap':-2}"), "/linux/resources/memory/swap", "is -2" },
		{ RES("'memory':{'reservation':-2}"), "/linux/resources/memory/reservation", "is -2" },
		{ RES("'pids':{'limit':-2}"), "/linux/resources/pids/limit", "is -2" },
		{ RES("'cpu':{'quota':5000,'burst':5001}"), "/linux/resources/cpu/burst",
		  "more than quota" },
		{ RES("'cpu':{'quota':999}"), "/linux/resources/cpu/quota", "1000" },
		{ RES("'cpu':{'period':999}"), "/linux/resources/cpu/period", "is 999" },
		{ RES("'cpu':{'period':1000001}"), "/linux/resources/cpu/period", "is 1000001" },
		{ RES("'cpu':{'mems':'x'}"), "/linux/resources/cpu/mems", "list" },
		{ RES("'blockIO':{'weight':9}"), "/linux/resources/blockIO/weight", "is 9" },
		{ RES("'blockIO':{'weight':1001}"), "/linux/resources/blockIO/weight", "is 1001" },
		{ RES("'unified':{'cgroup.type':'threaded'}"), "/linux/resources/unified/cgroup.type",
		  "is no limit" },
		{ RES("'unified':{'cgroup.procs':'1'}"), "/linux/resources/unified/cgroup.procs",
		  "is no limit" },
		{ "{'linux':{'cgroupsPath':'/'}}", "/linux/cgroupsPath", "must be a path" },
		{ "{'linux':{'cgroupsPath':'/a/'}}", "/linux/cgroupsPath", "must be a path" },
		{ "{'linux':{'cgroupsPath':'a/../b'}}", "/linux/cgroupsPath", "must be a path" },
		{ "{'annotations':{'run.oci.systemd.subgroup':'a/b'}}",
		  "/annotations/run.oci.systemd.subgroup", "name of a cgroup" },
		{ "{'annotations':{'run.oci.delegate-cgroup':'..'}}",
		  "/annotations/run.oci.delegate-cgroup", "name of a cgroup" },
		{ "{'linux':{'cgroupsPath':'./a'}}", "/linux/cgroupsPath", "must be a path" },
		{ 0 }
	};

	static const struct room_case cautions[] = {
		{ "{'linux':{'cgroupsPath':'a:b:c'}}", "/linux/cgroupsPath", "--systemd-cgroup" },
		{ 0 }
	};

	(void)state;
	room_refuses(named, cases, false);
	room_refuses(named, cautions, true);
}

static void test_paths(void **state)
{
	static const struct {
		const char *json;
		uid_t euid;
		bool nested;
		const char *self, *path;
		bool required;
	} cases[] = {
		{ "{'linux':{'cgroupsPath':'/a/b'}}", 0, false, "/s", "/a/b", true },
		{ "{'linux':{'cgroupsPath':'/a/b'}}", 1000, false, "/s", "/a/b", true },
		{ "{'linux':{'cgroupsPath':'/a:b:c/..x'}}", 0, false, "/s", "/a:b:c/..x", true },
		{ "{'linux':{'cgroupsPath':'a/b'}}", 0, false, "/s", "/hull/a/b", true },
		{ "{'linux':{'cgroupsPath':'a/b'}}", 1000, false, "/other", "/hull/a/b", true },
		{ "{'linux':{'cgroupsPath':'a:b'}}", 0, false, "/s", "/hull/a:b", true },
		{ "{'linux':{'cgroupsPath':''}}", 0, false, "/s", "/hull-c1", false },
		{ "{}", 0, false, "/s", "/hull-c1", false },
		{ RES("'pids':{'limit':1}"), 0, false, "/s", "/hull-c1", true },
		{ "{}", 1000, false, "/s", "/s/hull-c1", false },
		/* With a limit, beside our own: see path_default(). */
		{ RES("'pids':{'limit':1}"), 1000, false, "/s/t", "/s/hull-c1", true },
		{ RES("'pids':{'limit':1}"), 1000, false, "/s", "/hull-c1", true },
		{ RES("'pids':{'limit':1}"), 1000, false, "/", "/hull-c1", true },
		{ "{}", 1000, false, "/", "/hull-c1", false },
		{ "{}", 0, true, "/", "/hull-c1", false },
		{ "{}", 0, true, NULL, NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct room r;

		room_open(&r, cases[i].json);
		r.plan.id = "c1";
		r.host.euid = cases[i].euid;
		r.host.init_userns = !cases[i].nested;
		r.host.cgroup_self = cases[i].self;
		cgroup_plan(&r.p);
		room_expect(&r, "", "", false);
		if (cases[i].path)
			assert_string_equal(r.plan.cgroup.path, cases[i].path);
		else
			assert_null(r.plan.cgroup.path);
		assert_int_equal(r.plan.cgroup.required, cases[i].required);
		room_close(&r);
	}
}

static void without_manager(struct planner *p)
{
	((struct request *)p->request)->cgroup_manager = CGROUP_DISABLED;
	cgroup_plan(p);
	assert_int_equal(p->plan->cgroup.writes.n, 0);
	assert_null(p->plan->cgroup.path);
}

static void without_hierarchy(struct planner *p)
{
	((struct host *)p->host)->cgroup_root = NULL;
	cgroup_plan(p);
	assert_null(p->plan->cgroup.path);
}

static void test_nothing_to_manage_with(void **state)
{
	static const struct room_case disabled[] = {
		{ RES("'pids':{'limit':1}"), "/linux/resources/pids/limit", "cannot be applied" },
		{ RES("'unified':{'a.b':'1'}"), "/linux/resources/unified/a.b", "cannot be applied" },
		{ RES("'pids':{'limit':-1},'cpu':{'shares':1024,'quota':-1},'memory':{'swap':-1}"),
		  "", "" },
		{ "{'linux':{'cgroupsPath':'/a'}}", "", "" },
		{ "{'annotations':{'run.oci.systemd.subgroup':''}}", "", "" },
		{ "{'annotations':{'run.oci.systemd.subgroup':'a'}}",
		  "/annotations/run.oci.systemd.subgroup", "no cgroup with" },
		{ "{'annotations':{'run.oci.delegate-cgroup':'a'}}",
		  "/annotations/run.oci.delegate-cgroup", "no cgroup with" },
		{ 0 }
	};
	static const struct room_case unmounted[] = {
		{ "{'linux':{'cgroupsPath':'/a'}}", "/linux", "no cgroup2 hierarchy" },
		{ 0 }
	};

	(void)state;
	room_refuses(without_manager, disabled, false);
	room_refuses(without_hierarchy, unmounted, false);
}

/* config-linux.md, "Cgroup ownership" */
static void test_owner(void **state)
{
#define MOUNT(source, target, options) "'mounts':[{'destination':'" target "','source':'" source \
				       "','type':'cgroup','options':[" options "]}]"
#define OWNER(mount, ns) "{" mount ",'process':{'user':{'uid':7,'gid':7}},'linux':{'namespaces':[" ns \
			 "],'uidMappings':[{'containerID':0,'hostID':1000,'size':9}]}}"
#define NEW	"{'type':'cgroup'}"
	static const struct { const char *json; int64_t owner; } cases[] = {
		{ OWNER(MOUNT("cgroup", "/sys/fs/cgroup", ""), NEW), 1007 },
		{ OWNER(MOUNT("cgroup", "/sys/fs/cgroup", "'rw','ro'"), NEW), -1 },
		{ OWNER(MOUNT("cgroup2", "/sys/fs/cgroup", ""), NEW), -1 },
		{ OWNER(MOUNT("cgroup", "/cgroup", ""), NEW), -1 },
		{ OWNER(MOUNT("cgroup", "/sys/fs/cgroup", ""), "{'type':'cgroup','path':'/x'}"), -1 },
		{ OWNER(MOUNT("cgroup", "/sys/fs/cgroup", ""), ""), -1 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct room r;

		room_open(&r, cases[i].json);
		r.plan.id = "c1";
		namespaces_plan(&r.p);
		cgroup_plan(&r.p);
		if (cases[i].owner < 0)
			assert_null(r.plan.cgroup.owner);
		else
			assert_int_equal(*r.plan.cgroup.owner, cases[i].owner);
		room_close(&r);
	}
}

/* config-linux.md, "checkBeforeUpdate" */
static void test_use_is_checked(void **state)
{
	struct room r;

	(void)state;
	resources_open(&r, "'memory':{'limit':100,'swap':300,'checkBeforeUpdate':true}");
	assert_string_equal(r.plan.cgroup.writes.v[0].used, "memory.swap.current");
	assert_string_equal(r.plan.cgroup.writes.v[1].used, "memory.current");
	room_close(&r);
	resources_open(&r, "'memory':{'limit':100,'checkBeforeUpdate':false}");
	assert_null(r.plan.cgroup.writes.v[0].used);
	room_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_use_is_checked),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_swap_by_default),
		cmocka_unit_test(test_controllers),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_writes),
		cmocka_unit_test(test_io_weight),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_nothing_to_manage_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
