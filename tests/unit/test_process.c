/* SPDX-License-Identifier: Apache-2.0 */
/* The program and how it is run: process.c and sched.c. */
#include <limits.h>
#include <linux/sched/types.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "room.h"

/* What a process needs at least, and more. */
#define PROCESS(more)	"{'process':{'args':['sh'],'cwd':'/'" more "}}"

static void plan_open(struct room *r, const char *json)
{
	room_open(r, json);
	process_plan(&r->p);
}

static void exec(void **state)
{
	struct room r;

	(void)state;
	plan_open(&r, "{'process':{'args':['sh','-c','x'],'cwd':'/tmp','env':['A=1','HOME=/h']}}");
	room_expect(&r, "", "", false);
	assert_string_equal(r.plan.exec.argv[2], "x");
	assert_null(r.plan.exec.argv[3]);
	assert_string_equal(r.plan.exec.cwd, "/tmp");
	assert_null(r.plan.exec.umask);
	assert_null(r.plan.oom_score_adj);
	assert_false(r.plan.exec.need_home);
	room_close(&r);

	plan_open(&r, PROCESS(",'user':{'umask':63},'oomScoreAdj':0"));
	assert_int_equal(*r.plan.exec.umask, 077);
	assert_int_equal(*r.plan.oom_score_adj, 0);
	assert_true(r.plan.exec.need_home);
	assert_null(r.plan.exec.env[0]);
	room_close(&r);

	plan_open(&r, "{}");
	room_expect(&r, "", "", false);
	assert_null(r.plan.exec.argv);
	room_close(&r);
}

static void environments(void **state)
{
	static const struct {
		const char *env, *want;
		unsigned listen;
		bool need_home;
	} cases[] = {
		{ "", "", 0, true },
		{ "'A=1','B=2'", "A=1 B=2", 0, true },
		{ "'A=1','B=2','A=3'", "B=2 A=3", 0, true },
		{ "'A=1','AA=2','A=','A=='", "AA=2 A==", 0, true },
		{ "'HOME=/x','HOME='", "", 0, true },
		{ "'HOME=','HOME=/x'", "HOME=/x", 0, false },
		{ "'odd','odd','=x','HOME'", "odd odd =x HOME", 0, true },
		{ "'LISTEN_PID=9','A=1'", "A=1 LISTEN_FDS=3 LISTEN_PID=1", 3, true },
	};
	char json[256], got[256];

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct room r;

		snprintf(json, sizeof(json), PROCESS(",'env':[%s]"), cases[i].env);
		room_open(&r, json);
		r.request.listen_fds = r.request.preserve_fds = cases[i].listen;
		process_plan(&r.p);
		room_expect(&r, "", "", false);
		*got = 0;
		for (char **e = r.plan.exec.env; *e; e++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
				 *got ? " " : "", *e);
		assert_string_equal(got, cases[i].want);
		assert_int_equal(r.plan.exec.need_home, cases[i].need_home);
		assert_int_equal(r.plan.exec.keep_fds, cases[i].listen);
		room_close(&r);
	}
}

/* Quadratic would be minutes. */
static void large_environment(void **state)
{
	enum { N = 200000 };
	auto_free char *text = NULL;
	struct room r;
	size_t size, n = 0;
	clock_t start;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_non_null(f);
	fputs("{'process':{'args':['sh'],'cwd':'/','env':[", f);
	for (int i = 0; i < N; i++)
		fprintf(f, "'V%d=%d',", i % (N / 2), i);
	fputs("'LAST=1']}}", f);
	fclose(f);
	room_open(&r, text);
	start = clock();
	process_plan(&r.p);
	assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
	while (r.plan.exec.env[n])
		n++;
	assert_int_equal(n, N / 2 + 1);
	assert_string_equal(r.plan.exec.env[0], "V0=100000");
	room_close(&r);
}

static void limits(void **state)
{
	char json[256];

	(void)state;
	for (const struct name_value *v = rlimit_names; v->name; v++) {
		struct room r;

		snprintf(json, sizeof(json), PROCESS(",'rlimits':[{'type':'%s','soft':5,"
						     "'hard':18446744073709551615}]"), v->name);
		plan_open(&r, json);
		room_expect(&r, "", "", false);
		assert_int_equal(r.plan.rlimits.n, 1);
		assert_int_equal(r.plan.rlimits.v[0].resource, v->value);
		assert_int_equal(r.plan.rlimits.v[0].limit.rlim_cur, 5);
		assert_int_equal(r.plan.rlimits.v[0].limit.rlim_max, RLIM_INFINITY);
		room_close(&r);
	}
	assert_int_equal(RLIM_NLIMITS, 16);
	for (unsigned i = 0; i < RLIM_NLIMITS; i++) {
		const struct name_value *v = rlimit_names;

		while (v->name && v->value != i)
			v++;
		assert_non_null(v->name);
	}
}

static void terminals(void **state)
{
	static const struct {
		bool terminal, detach, console;
		const char *text;
	} cases[] = {
		{ false, false, false, "" },
		{ false, true, false, "" },
		{ true, false, false, "" },
		{ true, true, true, "" },
		{ true, true, false,
		  "cannot allocate tty if hull will detach without setting console socket" },
		{ true, false, true,
		  "cannot use console socket if hull will not detach or allocate tty" },
		{ false, true, true,
		  "cannot use console socket if hull will not detach or allocate tty" },
	};
	char json[256];

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct room r;

		snprintf(json, sizeof(json), PROCESS(",'terminal':%s,'consoleSize':"
			 "{'height':25,'width':80}"), cases[i].terminal ? "true" : "false");
		room_open(&r, json);
		r.request.detach = cases[i].detach;
		r.request.console = cases[i].console;
		process_plan(&r.p);
		room_expect(&r, "/process/terminal", cases[i].text, false);
		assert_int_equal(r.plan.tty.terminal, cases[i].terminal);
		assert_int_equal(r.plan.tty.rows, cases[i].terminal ? 25 : 0);
		assert_int_equal(r.plan.tty.columns, cases[i].terminal ? 80 : 0);
		room_close(&r);
	}
}

static void refusals(void **state)
{
#define LIMIT(type, soft, hard) "{'type':'" type "','soft':" soft ",'hard':" hard "}"
	static const struct room_case cases[] = {
		{ PROCESS(",'oomScoreAdj':1001"), "/process/oomScoreAdj", "1001 is not between" },
		{ PROCESS(",'rlimits':[" LIMIT("RLIMIT_FOO", "1", "1") "]"),
		  "/process/rlimits/0/type", "unknown resource limit RLIMIT_FOO" },
		{ PROCESS(",'rlimits':[" LIMIT("RLIMIT_CPU", "1", "1") ","
			  LIMIT("RLIMIT_CPU", "2", "2") "]"),
		  "/process/rlimits/1/type", "more than once" },
		{ PROCESS(",'rlimits':[" LIMIT("RLIMIT_CPU", "2", "1") "]"),
		  "/process/rlimits/0/soft", "2 is above the hard limit 1" },
		{ PROCESS(",'apparmorProfile':'p'"), "/process/apparmorProfile",
		  "AppArmor is not enabled on this host" },
		{ PROCESS(",'selinuxLabel':'l'"), "/process/selinuxLabel",
		  "SELinux is not enabled on this host" },
		{ 0 }
	};

	(void)state;
	room_refuses(process_plan, cases, false);
}

static void labels(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, PROCESS(",'apparmorProfile':'p','selinuxLabel':'a:b:c'"));
	r.host.apparmor = r.host.selinux = true;
	process_plan(&r.p);
	room_expect(&r, "", "", false);
	assert_string_equal(r.plan.apparmor, "p");
	assert_string_equal(r.plan.selinux, "a:b:c");
	room_close(&r);
	plan_open(&r, PROCESS(",'apparmorProfile':'','selinuxLabel':''"));
	room_expect(&r, "", "", false);
	assert_null(r.plan.apparmor);
	assert_null(r.plan.selinux);
	room_close(&r);
}

/* ---- sched.c ---- */

#define SCHED(members)	"{'process':{'scheduler':{" members "}}}"
#define IOPRIO(members)	"{'process':{'ioPriority':{" members "}}}"
#define POLICY(members)	"{'linux':{'memoryPolicy':{" members "}}}"

static void schedulers(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, SCHED("'policy':'SCHED_DEADLINE','flags':['SCHED_FLAG_RECLAIM',"
			    "'SCHED_FLAG_RESET_ON_FORK'],'runtime':2000,'deadline':3000"));
	sched_plan(&r.p);
	room_expect(&r, "", "", false);
	assert_int_equal(r.plan.sched.attr->size, sizeof(struct sched_attr));
	assert_int_equal(r.plan.sched.attr->sched_policy, 6);
	assert_int_equal(r.plan.sched.attr->sched_flags, 3);
	assert_int_equal(r.plan.sched.attr->sched_runtime, 2000);
	assert_int_equal(r.plan.sched.attr->sched_deadline, 3000);
	assert_int_equal(r.plan.sched.attr->sched_period, 0);
	room_close(&r);

	room_open(&r, SCHED("'policy':'SCHED_BATCH','nice':-5"));
	sched_plan(&r.p);
	room_expect(&r, "", "", false);
	assert_int_equal(r.plan.sched.attr->sched_policy, 3);
	assert_int_equal(r.plan.sched.attr->sched_nice, -5);
	room_close(&r);

	room_open(&r, "{'process':{'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':4}},"
		      "'linux':{'personality':{'domain':'LINUX32'}}}");
	sched_plan(&r.p);
	room_expect(&r, "", "", false);
	assert_null(r.plan.sched.attr);
	assert_null(r.plan.sched.mempolicy);
	assert_int_equal(*r.plan.sched.ioprio, 2 << 13 | 4);
	assert_int_equal(*r.plan.sched.personality, 8);
	room_close(&r);
}

static void memory_policies(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, POLICY("'mode':'MPOL_INTERLEAVE','nodes':'0-1,65','flags':"
			     "['MPOL_F_STATIC_NODES']"));
	sched_plan(&r.p);
	room_expect(&r, "", "", false);
	assert_int_equal(*r.plan.sched.mempolicy, 3 | 1 << 15);
	assert_int_equal(r.plan.sched.nodes[0], 3);
	assert_int_equal(r.plan.sched.nodes[1], 2);
	assert_int_equal(r.plan.sched.max_node, 67);
	room_close(&r);

	room_open(&r, POLICY("'mode':'MPOL_LOCAL','nodes':''"));
	sched_plan(&r.p);
	room_expect(&r, "", "", false);
	assert_int_equal(*r.plan.sched.mempolicy, 4);
	assert_null(r.plan.sched.nodes);
	assert_int_equal(r.plan.sched.max_node, 0);
	room_close(&r);
}

static void sched_refusals(void **state)
{
#define S_ "/process/scheduler"
#define M_ "/linux/memoryPolicy"
	static const struct room_case cases[] = {
		{ SCHED("'policy':'SCHED_ISO'"), S_ "/policy", "unknown scheduler policy SCHED_ISO" },
		{ SCHED("'nice':1"), S_ "/policy", "unknown scheduler policy" },
		{ SCHED("'policy':'SCHED_OTHER','nice':20"), S_ "/nice", "20 is not between" },
		{ SCHED("'policy':'SCHED_FIFO','priority':1,'nice':1"), S_ "/nice",
		  "not for SCHED_FIFO" },
		{ SCHED("'policy':'SCHED_FIFO'"), S_ "/priority", "0 is not between 1 and 99" },
		{ SCHED("'policy':'SCHED_RR','priority':100"), S_ "/priority", "100 is not" },
		{ SCHED("'policy':'SCHED_IDLE','priority':1"), S_ "/priority", "not for SCHED_IDLE" },
		{ SCHED("'policy':'SCHED_OTHER','deadline':1"), S_,
		  "are for SCHED_DEADLINE" },
		{ SCHED("'policy':'SCHED_DEADLINE','runtime':1023,'deadline':9999"), S_,
		  "1024 <= runtime <= deadline <= period" },
		{ SCHED("'policy':'SCHED_DEADLINE','runtime':2000,'deadline':9999,'period':3000"),
		  S_, "1024 <= runtime" },
		{ SCHED("'policy':'SCHED_OTHER','flags':['SCHED_FLAG_X']"), S_ "/flags/0",
		  "unknown scheduler flag" },
		{ IOPRIO("'class':'IOPRIO_CLASS_NONE'"), "/process/ioPriority/class", "unknown" },
		{ "{'linux':{'personality':{'domain':'BSD'}}}", "/linux/personality/domain",
		  "unknown personality BSD" },
		{ POLICY("'mode':'MPOL_FOO'"), M_ "/mode", "invalid memory policy mode MPOL_FOO" },
		{ POLICY("'mode':'MPOL_LOCAL','flags':['F']"), M_ "/flags/0",
		  "invalid memory policy flag F" },
		{ POLICY("'mode':'MPOL_BIND','nodes':'1-'"), M_ "/nodes",
		  "invalid memory policy node list \"1-\"" },
		{ POLICY("'mode':'MPOL_DEFAULT','nodes':'0-7'"), M_ "/nodes",
		  "mode requires 0 nodes but got 8" },
		{ POLICY("'mode':'MPOL_BIND'"), M_ "/nodes", "at least 1 node" },
		{ POLICY("'mode':'MPOL_BIND','nodes':'0','flags':['MPOL_F_STATIC_NODES',"
			 "'MPOL_F_RELATIVE_NODES']"), M_ "/flags", "excludes" },
		{ 0 }
	};

	(void)state;
	room_refuses(sched_plan, cases, false);
}

#define AFFINITY(members)	"{'process':{'execCPUAffinity':{" members "}}}"

static void affinities(void **state)
{
	static const struct room_case cases[] = {
		{ AFFINITY("'initial':'x'"), "/process/execCPUAffinity/initial", "list" },
		{ AFFINITY("'final':'1 2'"), "/process/execCPUAffinity/final", "list" },
		{ AFFINITY("'final':'3-'"), "/process/execCPUAffinity/final", "list" },
		{ 0 }
	};
	struct room r;

	(void)state;
	room_refuses(sched_plan, cases, false);
	room_open(&r, AFFINITY("'initial':' 0 - 1, 3 ','final':'2'"));
	sched_plan(&r.p);
	room_expect(&r, "", "", false);
	assert_int_equal(r.plan.sched.affinity.initial[0], 0xb);
	assert_int_equal(r.plan.sched.affinity.final[0], 4);
	assert_false(r.plan.sched.affinity.keep);
	room_close(&r);

	room_open(&r, AFFINITY("'initial':'','final':' '"));
	sched_plan(&r.p);
	room_expect(&r, "", "", false);
	assert_null(r.plan.sched.affinity.initial);
	assert_null(r.plan.sched.affinity.final);
	assert_true(r.plan.sched.affinity.keep);
	room_close(&r);
}

static void cpu_lists(void **state)
{
	static const struct { const char *list; bool ok; unsigned long first, bits; } cases[] = {
		{ "", true, 0, 0 },
		{ "0", true, 1, 1 },
		{ "0-3,7", true, 0x8f, 8 },
		{ "7,0-3", true, 0x8f, 8 },
		{ "3-3", true, 8, 4 },
		{ "63", true, 1ul << 63, 64 },
		{ "32767", true, 0, 32768 },
		{ "32768", false }, { "99999999999999999999", false }, { "3-1", false },
		{ "-1", false }, { "1-", false }, { "1,", false }, { ",1", false }, { "1,,2", false },
		{ "a", false }, { "1 ", false }, { " 1", false }, { "+1", false }, { "0x1", false },
		{ "0-7:2/4", false },
	};
	auto_arena struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		unsigned long *mask = NULL, bits = 99;

		assert_int_equal(cpu_list_parse(&a, cases[i].list, &mask, &bits), cases[i].ok);
		if (!cases[i].ok)
			continue;
		assert_int_equal(bits, cases[i].bits);
		assert_int_equal(mask[0], cases[i].first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exec),
		cmocka_unit_test(environments),
		cmocka_unit_test(large_environment),
		cmocka_unit_test(limits),
		cmocka_unit_test(terminals),
		cmocka_unit_test(refusals),
		cmocka_unit_test(labels),
		cmocka_unit_test(schedulers),
		cmocka_unit_test(memory_policies),
		cmocka_unit_test(sched_refusals),
		cmocka_unit_test(affinities),
		cmocka_unit_test(cpu_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
