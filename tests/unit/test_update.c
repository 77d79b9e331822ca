/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hull update: what becomes of a configuration, which files are written then,
 * how options are read, and how what a file said is put back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/parent/update.h"
#include "../../lib/verbs/update.h"

/* ---- requests on configurations ---- */

static char warned[512];

static void warn(const char *text)
{
	strncat(warned, text, sizeof(warned) - strlen(warned) - 1);
}

struct scene {
	struct arena arena;
	struct config config;
	struct change change;
	struct host host;
	struct update_plan plan;
};

/* JSON is written with ' for ". */
static char *json_of(struct arena *a, const char *text)
{
	char *json = arena_strdup(a, text);

	for (char *c = json; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	return json;
}

static void stored_read(struct scene *s, const char *spec)
{
	char *json = json_of(&s->arena, spec);
	findings found = { 0 };

	*s = (struct scene){ .arena = s->arena, .change = { .id = "c1", .cgroup = "/c1" },
			     .host = { .init_userns = true, .cgroup_root = "/sys/fs/cgroup" } };
	assert_null(json_parse(&s->arena, "config.json", json, strlen(json), &s->config.doc));
	json_decode(&s->arena, &s->config.doc, &type_oci_spec, &s->config.spec, &found);
}

/* @request: linux.resources, as a file has it. */
static void file_read(struct scene *s, const char *request)
{
	char *json = json_of(&s->arena, request);
	struct piece *file = &s->change.file;

	assert_null(json_parse(&s->arena, "r.json", json, strlen(json), &file->config.doc));
	file->config.spec.linux = arena_new(&s->arena, struct oci_linux);
	file->config.spec.linux->resources = arena_new(&s->arena, struct oci_resources);
	json_decode(&s->arena, &file->config.doc, &type_oci_resources,
		    file->config.spec.linux->resources, &file->found);
	assert_int_equal(file->found.n, 0);
	assert_null(json_parse(&s->arena, "command line", "{}", 2, &s->change.options.config.doc));
	s->change.has_file = true;
}

/* @options: names and values; ends with NULL. */
static struct err *options_read(struct scene *s, const char *const *options)
{
	struct hull hull = { .warn = warn };
	struct hull_update u = { .id = "c1", .settings = (char *const *)options };

	*warned = 0;
	return update_read(&s->arena, &hull, &u, &s->change);
}

static void scene_plan(struct scene *s)
{
	plan_update(&s->arena, &s->config, &s->change, &s->host, &s->plan);
}

static char *writes_of(struct scene *s)
{
	char *text = arena_strdup(&s->arena, "");

	for_each (w, &s->plan.limits.cgroup.writes)
		text = arena_printf(&s->arena, "%s%s=%s\n", text, w->file, w->value);
	return text;
}

static char *resources_of(struct scene *s)
{
	auto_free char *json = json_encode(&type_oci_resources, s->config.spec.linux->resources,
					   JSON_COMPACT);

	for (char *c = json; *c; c++)
		*c = *c == '"' ? '\'' : *c;
	return arena_strdup(&s->arena, json);
}

static const struct {
	const char *stored, *request;	/* linux.resources, without braces */
	const char *result, *writes;
} merges[] = {
	/* nothing asked for, in all the ways that engines have */
	{ "'memory':{'limit':100}", "", "{'memory':{'limit':100}}", "" },
	{ "'memory':{'limit':100,'swap':300},'cpu':{'shares':5,'quota':1007,'period':1009},"
	  "'pids':{'limit':4},'blockIO':{'weight':10}",
	  "'memory':{'limit':0,'reservation':0,'swap':0,'kernel':0},"
	  "'cpu':{'shares':0,'quota':0,'period':0,'cpus':'','mems':''},"
	  "'pids':{'limit':0},'blockIO':{'weight':0},'devices':[],'unified':null",
	  "{'memory':{'limit':100,'swap':300},'cpu':{'shares':5,'quota':1007,'period':1009},"
	  "'pids':{'limit':4},'blockIO':{'weight':10}}", "" },

	/* memory and swap: the stored value is the sum of both */
	{ "", "'memory':{'limit':100}", "{'memory':{'limit':100}}", "memory.max=100\n" },
	{ "'memory':{'limit':50,'swap':300}", "'memory':{'limit':100}",
	  "{'memory':{'limit':100,'swap':300}}", "memory.swap.max=200\nmemory.max=100\n" },
	{ "'memory':{'limit':50,'swap':300}", "'memory':{'swap':400}",
	  "{'memory':{'limit':50,'swap':400}}", "memory.swap.max=350\n" },
	{ "'memory':{'limit':50,'swap':300,'reservation':5}", "'memory':{'limit':-1}",
	  "{'memory':{'limit':-1,'reservation':5}}", "memory.swap.max=max\nmemory.max=max\n" },
	{ "'memory':{'limit':50,'swap':300}", "'memory':{'limit':-1,'swap':-1}",
	  "{'memory':{'limit':-1,'swap':-1}}", "memory.swap.max=max\nmemory.max=max\n" },
	{ "'memory':{'limit':50,'swap':300}", "'memory':{'reservation':-1}",
	  "{'memory':{'limit':50,'reservation':-1,'swap':300}}", "memory.low=max\n" },

	/* quota, period and burst live in two files */
	{ "'cpu':{'quota':2000,'period':2000}", "'cpu':{'quota':1500}",
	  "{'cpu':{'quota':1500,'period':2000}}", "cpu.max=1500 2000\n" },
	{ "'cpu':{'quota':1000,'period':2000}", "'cpu':{'period':5000}",
	  "{'cpu':{'quota':1000,'period':5000}}", "cpu.max=1000 5000\n" },
	{ "'cpu':{'quota':2000,'period':2000,'burst':100}", "'cpu':{'quota':1500}",
	  "{'cpu':{'quota':1500,'burst':100,'period':2000}}", "cpu.max=1500 2000\n" },
	{ "'cpu':{'quota':1000,'period':2000}", "'cpu':{'burst':100}",
	  "{'cpu':{'quota':1000,'burst':100,'period':2000}}", "cpu.max.burst=100\n" },
	{ "'cpu':{'quota':1000,'burst':100}", "'cpu':{'burst':0}",
	  "{'cpu':{'quota':1000,'burst':0}}", "cpu.max.burst=0\n" },
	{ "", "'cpu':{'quota':-1}", "{'cpu':{'quota':-1}}", "cpu.max=max 100000\n" },

	/* the weight, which an idle cgroup cannot have and then has forgotten */
	{ "'cpu':{'shares':2048}", "'cpu':{'idle':1}",
	  "{'cpu':{'shares':2048,'idle':1}}", "cpu.idle=1\n" },
	{ "'cpu':{'shares':2048,'idle':1}", "'cpu':{'idle':0}",
	  "{'cpu':{'shares':2048,'idle':0}}", "cpu.idle=0\ncpu.weight=174\n" },
	{ "'cpu':{'shares':2048,'idle':1}", "'cpu':{'shares':1024,'idle':0}",
	  "{'cpu':{'shares':1024,'idle':0}}", "cpu.idle=0\ncpu.weight=100\n" },
	{ "'cpu':{'shares':2048,'idle':0}", "'cpu':{'shares':1024}",
	  "{'cpu':{'shares':1024,'idle':0}}", "cpu.weight=100\n" },
	{ "'cpu':{'cpus':'0','mems':'0','shares':5}", "'cpu':{'cpus':'0-1'}",
	  "{'cpu':{'shares':5,'cpus':'0-1','mems':'0'}}", "cpuset.cpus=0-1\n" },

	/* lists: by device, page size, name */
	{ "'blockIO':{'weight':100,'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':5}]}",
	  "'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':1,'rate':6},"
	  "{'major':8,'minor':0,'rate':0}],'throttleWriteIOPSDevice':[{'major':8,'minor':0,'rate':9}]}",
	  "{'blockIO':{'weight':100,'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':0},"
	  "{'major':8,'minor':1,'rate':6}],'throttleWriteIOPSDevice':[{'major':8,'minor':0,'rate':9}]}}",
	  "io.max=8:1 rbps=6\nio.max=8:0 rbps=max\nio.max=8:0 wiops=9\n" },
	{ "'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':10}]}",
	  "'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':20},"
	  "{'major':8,'minor':1,'weight':0}]}",
	  "{'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':20}]}}",
	  "io.bfq.weight=8:0 20\n" },
	{ "'hugepageLimits':[{'pageSize':'2MB','limit':1},{'pageSize':'1GB','limit':2}]",
	  "'hugepageLimits':[{'pageSize':'1GB','limit':0}]",
	  "{'hugepageLimits':[{'pageSize':'2MB','limit':1},{'pageSize':'1GB','limit':0}]}",
	  "hugetlb.1GB.rsvd.max=0\nhugetlb.1GB.max=0\n" },
	{ "'rdma':{'m0':{'hcaHandles':1,'hcaObjects':2}}",
	  "'rdma':{'m0':{'hcaObjects':3},'m1':{'hcaHandles':4}}",
	  "{'rdma':{'m0':{'hcaHandles':1,'hcaObjects':3},'m1':{'hcaHandles':4}}}",
	  "rdma.max=m0 hca_object=3\nrdma.max=m1 hca_handle=4\n" },
	{ "'unified':{'a.b':'1','c.d':'2'}", "'unified':{'c.d':'3','e.f':'4'}",
	  "{'unified':{'a.b':'1','c.d':'3','e.f':'4'}}", "c.d=3\ne.f=4\n" },

	/* a property and a unified value for one file: what was said last counts */
	{ "'unified':{'memory.max':'7','a.b':'1'}", "'memory':{'limit':100}",
	  "{'memory':{'limit':100},'unified':{'a.b':'1'}}", "memory.max=100\n" },
	{ "'memory':{'limit':100}", "'unified':{'memory.max':'7'}",
	  "{'memory':{'limit':100},'unified':{'memory.max':'7'}}", "memory.max=7\n" },
	{ "'memory':{'limit':100,'swap':300},'unified':{'memory.max':'7'}",
	  "'memory':{'swap':400}",
	  "{'memory':{'limit':100,'swap':400},'unified':{'memory.max':'7'}}",
	  "memory.swap.max=300\n" },
	/* as containerd adds it to what kubelet has said in unified */
	{ "'memory':{'limit':100,'swap':100},'unified':{'memory.swap.max':'7'}",
	  "'memory':{'limit':200,'swap':200}",
	  "{'memory':{'limit':200,'swap':200},'unified':{'memory.swap.max':'7'}}",
	  "memory.max=200\n" },
};

static void test_merges(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(merges); i++) {
		struct scene s = { 0 };
		auto_arena struct arena a = { 0 };

		stored_read(&s, arena_printf(&a, "{'linux':{'resources':{%s}}}", merges[i].stored));
		file_read(&s, arena_printf(&a, "{%s}", merges[i].request));
		scene_plan(&s);
		if (s.change.file.found.n)
			fail_msg("%s: %s", merges[i].request, s.change.file.found.v[0].text);
		assert_string_equal(resources_of(&s), merges[i].result);
		assert_string_equal(writes_of(&s), merges[i].writes);
		arena_free(&s.arena);
	}
}

static void test_refusals(void **state)
{
	static const struct {
		const char *stored, *request, *pointer, *text;
		bool warning;
	} cases[] = {
		{ "'memory':{'limit':50,'swap':300}", "'memory':{'limit':400}", "/memory/swap",
		  "cannot be less than limit (400)" },
		{ "", "'memory':{'swap':400}", "/memory/swap", "needs a memory limit" },
		{ "", "'memory':{'limit':-2}", "/memory/limit", "must be -1" },
		{ "'cpu':{'quota':2000,'burst':1600}", "'cpu':{'quota':1500}", "/cpu/burst",
		  "cannot be more than quota (1500)" },
		{ "", "'blockIO':{'weight':5}", "/blockIO/weight", "from 10 to 1000" },
		{ "", "'cpu':{'cpus':'0-'}", "/cpu/cpus", "must be a list" },
		{ "", "'devices':[{'allow':true,'type':'c','major':-7}]", "/devices/0/major",
		  "is no device number" },
		{ "", "'unified':{'cgroup.procs':'1'}", "/unified/cgroup.procs", "is no limit" },
		{ "'cpu':{'idle':1}", "'cpu':{'shares':7}", "/cpu/shares",
		  "once the container is no longer idle", true },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct scene s = { 0 };
		auto_arena struct arena a = { 0 };
		const struct finding *f;

		stored_read(&s, arena_printf(&a, "{'linux':{'resources':{%s}}}", cases[i].stored));
		file_read(&s, arena_printf(&a, "{%s}", cases[i].request));
		scene_plan(&s);
		assert_int_equal(s.change.file.found.n, 1);
		f = s.change.file.found.v;
		assert_string_equal(f->pointer, cases[i].pointer);
		assert_non_null(strstr(f->text, cases[i].text));
		assert_int_equal(f->warning, cases[i].warning);
		arena_free(&s.arena);
	}
}

/* ---- devices ---- */

static void test_device_lists(void **state)
{
	static const char deny[] = "{'linux':{'resources':{'devices':[{'allow':false}]}}}";
	static const struct {
		const char *stored, *request;
		bool filtered;
	} cases[] = {
		{ deny, "{'devices':[{'allow':false,'access':'rwm'}]}", false },
		{ deny, "{'devices':[]}", false },
		{ deny, "{'devices':[{'allow':true}]}", true },
		{ deny, "{'devices':[{'allow':false},{'allow':true,'type':'c','major':9}]}", true },
		{ "{}", "{'devices':[{'allow':false}]}", true },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct scene s = { 0 };

		stored_read(&s, cases[i].stored);
		file_read(&s, cases[i].request);
		scene_plan(&s);
		assert_int_equal(s.plan.limits.cgroup.devices.n > 0, cases[i].filtered);
		arena_free(&s.arena);
	}
}

static void test_device_rules(void **state)
{
	static const char *const options[] = { "device-allow", "c 10:229 rw", "device-deny", "b 8:*",
					 "device-allow", "a", NULL };
	static const char appended[] =
		"{'allow':true,'type':'c','major':10,'minor':229,'access':'rw'},"
		"{'allow':false,'type':'b','major':8,'access':'rwm'},"
		"{'allow':true,'type':'a','access':'rwm'}]}";
	static const struct { const char *stored, *first; } cases[] = {
		{ "{'linux':{'resources':{'devices':[{'allow':false}]}}}", "{'allow':false}" },
		/* no rules allow everything, and still do */
		{ "{}", "{'allow':true}" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct scene s = { 0 };
		auto_arena struct arena a = { 0 };

		stored_read(&s, cases[i].stored);
		assert_null(options_read(&s, options));
		scene_plan(&s);
		assert_int_equal(s.change.options.found.n, 0);
		assert_string_equal(resources_of(&s),
				    arena_printf(&a, "{'devices':[%s,%s", cases[i].first, appended));
		assert_true(s.plan.limits.cgroup.devices.n > 0);
		arena_free(&s.arena);
	}
}

static void test_devices_need_root(void **state)
{
	static const char *const options[] = { "device-allow", "c 1:3", NULL };
	struct scene s = { 0 };

	(void)state;
	stored_read(&s, "{}");
	s.host.euid = 1000;
	assert_null(options_read(&s, options));
	scene_plan(&s);
	assert_int_equal(s.change.options.found.n, 1);
	assert_string_equal(update_option(s.change.options.found.v->pointer), "device-allow");
	arena_free(&s.arena);
	/* but what an engine says anyway is as little needed as it was at `create` */
	s.arena.chunk = NULL;
	stored_read(&s, "{}");
	s.host.euid = 1000;
	file_read(&s, "{'devices':[{'allow':false}]}");
	scene_plan(&s);
	assert_int_equal(s.change.file.found.n, 0);
	arena_free(&s.arena);
}

/* ---- options ---- */

static void test_options(void **state)
{
	static const char *const options[] = {
		"memory", "64m", "memory-reservation", "1k", "memory-swap", "-1", "cpu-share", "1024",
		"cpu-quota", "5000", "cpu-period", "20000", "cpu-burst", "7", "cpuset-cpus", "0-1",
		"cpuset-mems", "0", "pids-limit", "0", "blkio-weight", "500", "memory", "128m",
		"rlimit", "nofile=10:20", "rlimit", "RLIMIT_CORE=unlimited", "rlimit", "nofile=30",
		"oom-score-adj", "-5", "cpu-affinity", "0", "kernel-memory", "5", NULL,
	};
	struct scene s = { 0 };
	auto_free char *process = NULL;

	(void)state;
	stored_read(&s, "{'process':{'cwd':'/','rlimits':[{'type':'RLIMIT_NOFILE','hard':1,'soft':1}]}}");
	assert_null(options_read(&s, options));
	assert_non_null(strstr(warned, "--kernel-memory is ignored"));
	scene_plan(&s);
	assert_int_equal(s.change.options.found.n, 0);
	assert_string_equal(writes_of(&s),
			    "pids.max=0\nmemory.swap.max=max\nmemory.max=134217728\nmemory.low=1024\n"
			    "io.bfq.weight=500\ncpu.weight=100\ncpu.max=5000 20000\ncpu.max.burst=7\n"
			    "cpuset.cpus=0-1\ncpuset.mems=0\n");
	process = json_encode(&type_oci_process, s.config.spec.process, JSON_COMPACT);
	assert_non_null(strstr(process, "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":30,"
				       "\"hard\":30},{\"type\":\"RLIMIT_CORE\","
				       "\"soft\":18446744073709551615,\"hard\":18446744073709551615}]"));
	assert_non_null(strstr(process, "\"oomScoreAdj\":-5"));
	assert_non_null(strstr(process, "\"execCPUAffinity\":{\"final\":\"0\"}"));
	assert_int_equal(s.plan.process.rlimits.n, 2);
	assert_int_equal(*s.plan.process.oom_score_adj, -5);
	assert_int_equal(s.plan.process.sched.affinity.final[0], 1);
	assert_non_null(s.plan.config);
	arena_free(&s.arena);
}

static void test_bad_options(void **state)
{
	static const char *const cases[][3] = {
		{ "memory", "64q" }, { "memory", "-2" }, { "memory", "1.5" }, { "memory", "8388608t" },
		{ "memory", "" }, { "memory", "1 m" }, { "cpu-share", "-1" }, { "cpu-share", "1x" },
		{ "cpu-quota", "9223372036854775808" }, { "cpu-quota", "--1" }, { "pids-limit", "m" },
		{ "blkio-weight", "65536" }, { "oom-score-adj", "2147483648" },
		{ "rlimit", "nofile" }, { "rlimit", "=5" }, { "rlimit", "nofile=" },
		{ "rlimit", "nofile=5:" }, { "rlimit", "nofile=5:6:7" }, { "rlimit", "nofile=-5" },
		{ "device-allow", "" }, { "device-allow", "p 1:3" }, { "device-allow", "c1:3" },
		{ "device-deny", "c 1" }, { "device-deny", "c 1:3 x" }, { "device-deny", "c 1:3rw" },
		{ "device-deny", "c 4294967296:3" }, { "device-deny", "c 1:3 rw " },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct scene s = { 0 };
		auto_arena struct arena a = { 0 };
		auto_err struct err *err = NULL;

		stored_read(&s, "{}");
		err = options_read(&s, cases[i]);
		if (!err)
			fail_msg("--%s %s was accepted", cases[i][0], cases[i][1]);
		assert_non_null(strstr(err_text(err), arena_printf(&a, "--%s: must be", cases[i][0])));
		assert_non_null(strstr(err_text(err), cases[i][1]));
		arena_free(&s.arena);
	}
}

/* The finding names the option, wherever the value is in the document that nobody sees. */
static void test_option_names(void **state)
{
	static const struct { const char *const options[3]; const char *name; } cases[] = {
		{ { "memory-swap", "5" }, "memory-swap" },
		{ { "cpu-rt-runtime", "5" }, "cpu-rt-runtime" },
		{ { "cpu-rt-period", "5" }, "cpu-rt-period" },
		{ { "blkio-weight", "5" }, "blkio-weight" },
		{ { "rlimit", "nofile=5:3" }, "rlimit" },
		{ { "rlimit", "nofle=5" }, "rlimit" },
		{ { "oom-score-adj", "1001" }, "oom-score-adj" },
		{ { "cpu-affinity", "0-" }, "cpu-affinity" },
		{ { "l3-cache-schema", "L3:0=f" }, "l3-cache-schema" },
		{ { "mem-bw-schema", "MB:0=10" }, "mem-bw-schema" },
		{ { "cpuset-cpus", "x" }, "cpuset-cpus" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct scene s = { 0 };
		const findings *found = &s.change.options.found;

		stored_read(&s, "{'linux':{},'process':{'cwd':'/'}}");
		assert_null(options_read(&s, cases[i].options));
		if (!found->n)
			scene_plan(&s);
		assert_int_equal(found->n, 1);
		assert_int_equal(found->v->line, 0);
		assert_string_equal(update_option(found->v->pointer), cases[i].name);
		arena_free(&s.arena);
	}
	assert_null(update_option("/linux/resources/memory/limits"));
	assert_null(update_option(""));
}

static void test_sizes(void **state)
{
	static const struct { const char *text; int64_t bytes; } cases[] = {
		{ "0", 0 }, { "-1", -1 }, { "1", 1 }, { "512", 512 }, { "1k", 1024 }, { "1K", 1024 },
		{ "1kb", 1024 }, { "1KiB", 1024 }, { "3b", 3 }, { "64m", 67108864 },
		{ "2G", INT64_C(2147483648) }, { "1t", INT64_C(1099511627776) },
		{ "1p", INT64_C(1125899906842624) }, { "0.5g", 536870912 }, { "1.5MiB", 1572864 },
		{ "9223372036854775807", INT64_MAX },
	};
	static const char *const bad[] = {
		"", "-", "-2", "-1k", "+1", "k", "1e", "1kk", "1ib", "1.5", "1.5b", ".5g", "1.g",
		" 1", "1 ", "9223372036854775808", "8192p", "0x10", "99999999999999999999",
	};
	int64_t n;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		assert_true(size_parse(cases[i].text, &n));
		assert_int_equal(n, cases[i].bytes);
	}
	for (size_t i = 0; i < countof(bad); i++)
		if (size_parse(bad[i], &n))
			fail_msg("\"%s\" was accepted", bad[i]);
}

/* ---- resctrl ---- */

static void test_rdt(void **state)
{
	static const char *const options[] = { "l3-cache-schema", "L3:0=f", "mem-bw-schema", "MB:0=50", NULL };
	struct scene s = { 0 };

	(void)state;
	stored_read(&s, "{'linux':{'intelRdt':{'closID':'gold','memBwSchema':'MB:0=10'}}}");
	s.host.resctrl_root = "/sys/fs/resctrl";
	assert_null(options_read(&s, options));
	scene_plan(&s);
	assert_int_equal(s.change.options.found.n, 0);
	assert_int_equal(s.plan.process.rdt.writes.n, 2);
	assert_string_equal(s.plan.process.rdt.writes.v[0].line, "L3:0=f");
	assert_string_equal(s.plan.process.rdt.writes.v[1].line, "MB:0=50");
	assert_string_equal(s.config.spec.linux->intel_rdt->l3_cache_schema, "L3:0=f");
	assert_string_equal(s.config.spec.linux->intel_rdt->mem_bw_schema, "MB:0=50");
	arena_free(&s.arena);
}

/* A directory in the place of the group: what was there is written again. */
static void test_rdt_back(void **state)
{
	static char dir[] = "/tmp/test_update.XXXXXX";
	static const char before[] = "    L3:0=7ff;1=7ff\n    MB:0=100;1=100\n";
	auto_arena struct arena a = { 0 };
	auto_free char *text = NULL;
	char *file;
	struct record record = { .rdt_group = dir };
	struct live live = { .arena = &a, .record = &record };
	struct update_plan plan = { .process.rdt.root = dir };
	struct update u = { .plan = &plan, .live = &live };

	(void)state;
	assert_non_null(mkdtemp(dir));
	file = arena_printf(&a, "%s/schemata", dir);
	assert_null(path_replace(file, before, strlen(before), 0644));
	*list_add(&a, &plan.process.rdt.writes) = (struct rdt_write){ .line = "MB:0=50" };
	assert_null(rdt_save(&u));
	assert_null(rdt_change(&u));
	assert_null(path_read(file, &text, NULL));
	assert_memory_equal(text, "MB:0=50\n", 8);
	assert_null(rdt_restore(&u));
	free(text);
	assert_null(path_read(file, &text, NULL));
	assert_memory_equal(text, "MB:0=100;1=100\n", 15);
	close(u.group.fd);
	free(u.schemata);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* ---- putting back ---- */

static void test_put_back(void **state)
{
	static const struct { const char *file, *value, *old, *want; } cases[] = {
		{ "memory.max", "100", "max\n", "max" },
		{ "memory.max", "max", "4096\n", "4096" },
		{ "cpu.max", "5000 100000", "max 100000\n", "max 100000" },
		{ "cpuset.cpus", "0-1", "\n", "\n" },
		{ "cpuset.cpus", "0-1", "", "\n" },
		{ "cpuset.cpus", "0", "0-1\n", "0-1" },
		{ "io.max", "8:0 rbps=5", "8:16 rbps=9 wbps=max riops=max wiops=max\n"
		  "8:0 rbps=7 wbps=max riops=max wiops=max\n", "8:0 rbps=7 wbps=max riops=max wiops=max" },
		{ "io.max", "8:0 rbps=5", "8:01 rbps=9 wbps=max riops=max wiops=max\n", "8:0 rbps=max" },
		{ "io.max", "8:0 rbps=5 wiops=6", "", "8:0 rbps=max wiops=max" },
		{ "io.weight", "50", "default 100\n8:0 7\n", "default 100" },
		{ "io.weight", "8:0 50", "default 100\n8:0 7\n", "8:0 7" },
		{ "io.bfq.weight", "8:0 50", "default 100\n", "8:0 default" },
		{ "io.bfq.weight", "50", "100\n", "100" },
		{ "io.latency", "8:0 target=10", "", "8:0 target=0" },
		{ "rdma.max", "mlx4_0 hca_handle=2", "mlx4_0 hca_handle=max hca_object=3\n",
		  "mlx4_0 hca_handle=max hca_object=3" },
		{ "misc.max", "res_a 5", "res_a max\nres_b 4\n", "res_a max" },
		{ "misc.max", "res_c 5", "res_a max\n", "res_c max" },
		{ "some.stat", "5", "a 1\nb 2\n", NULL },
	};
	auto_arena struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const char *got = limit_old(&a, cases[i].file, cases[i].value, cases[i].old);

		if (cases[i].want)
			assert_string_equal(got, cases[i].want);
		else
			assert_null(got);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merges),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_device_lists),
		cmocka_unit_test(test_device_rules),
		cmocka_unit_test(test_devices_need_root),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_bad_options),
		cmocka_unit_test(test_option_names),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_rdt),
		cmocka_unit_test(test_rdt_back),
		cmocka_unit_test(test_put_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
