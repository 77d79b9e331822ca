/* SPDX-License-Identifier: Apache-2.0 */
/* process.user, process.capabilities, and the annotation that keeps the caller's groups. */
#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "room.h"

#define BIT(cap)	((uint64_t)1 << (cap))
#define PROCESS(members) "{'process':{" members "}}"
#define CAPS(members)	PROCESS("'capabilities':{" members "}")

static const uint64_t *caps_of(struct room *r, const char *json)
{
	room_open(r, json);
	creds_plan(&r->p);
	return r->plan.cred.caps;
}

static void each_set(void **state)
{
	const uint64_t *caps;
	struct room r;

	(void)state;
	caps = caps_of(&r, CAPS("'bounding':['CAP_CHOWN','CAP_CHECKPOINT_RESTORE'],"
				"'effective':['CAP_KILL'],'permitted':['CAP_KILL','CAP_SETUID'],"
				"'inheritable':['CAP_SETUID','CAP_MKNOD'],'ambient':['CAP_SETUID']"));
	room_expect(&r, "", "", false);
	assert_true(r.plan.cred.set_caps);
	assert_int_equal(caps[CAPS_BOUNDING], BIT(CAP_CHOWN) | BIT(CAP_CHECKPOINT_RESTORE));
	assert_int_equal(caps[CAPS_EFFECTIVE], BIT(CAP_KILL));
	assert_int_equal(caps[CAPS_PERMITTED], BIT(CAP_KILL) | BIT(CAP_SETUID));
	assert_int_equal(caps[CAPS_INHERITABLE], BIT(CAP_SETUID) | BIT(CAP_MKNOD));
	assert_int_equal(caps[CAPS_AMBIENT], BIT(CAP_SETUID));
	assert_int_equal(r.plan.cred.last_cap, 40);
	room_close(&r);
}

static void absent_and_empty(void **state)
{
	struct room r;

	(void)state;
	caps_of(&r, PROCESS("'cwd':'/'"));
	assert_false(r.plan.cred.set_caps);
	room_close(&r);
	assert_int_equal(caps_of(&r, CAPS(""))[CAPS_BOUNDING], 0);
	assert_true(r.plan.cred.set_caps);
	room_close(&r);
	caps_of(&r, "{}");
	assert_false(r.plan.cred.set_caps);
	room_close(&r);
}

static void warnings(void **state)
{
	static const struct room_case cases[] = {
		{ CAPS("'bounding':['CAP_CHOWN','CAP_FLY']"), "/process/capabilities/bounding/1",
		  "no capability CAP_FLY" },
		{ CAPS("'bounding':['cap_chown']"), "/process/capabilities/bounding/0",
		  "no capability cap_chown" },
		{ CAPS("'bounding':['7']"), "/process/capabilities/bounding/0", "no capability 7" },
		{ CAPS("'effective':['CAP_KILL']"), "/process/capabilities/effective",
		  "can't make effective capability CAP_KILL: it is not permitted" },
		{ CAPS("'ambient':['CAP_CHOWN'],'permitted':['CAP_CHOWN']"),
		  "/process/capabilities/ambient", "can't raise ambient capability CAP_CHOWN: " },
		{ 0 }
	};
	struct room r;

	(void)state;
	room_refuses(creds_plan, cases, true);

	room_open(&r, CAPS("'bounding':['CAP_CHOWN','CAP_CHECKPOINT_RESTORE']"));
	r.host.last_cap = CAP_BPF;		/* an older kernel */
	creds_plan(&r.p);
	room_expect(&r, "/process/capabilities/bounding/1", "CAP_CHECKPOINT_RESTORE", true);
	assert_int_equal(r.plan.cred.caps[CAPS_BOUNDING], BIT(CAP_CHOWN));
	room_close(&r);

	caps_of(&r, CAPS("'ambient':['CAP_CHOWN'],'inheritable':['CAP_CHOWN']"));
	assert_int_equal(r.plan.cred.caps[CAPS_AMBIENT], 0);
	room_close(&r);
}

static void ids(void **state)
{
	struct room r;

	(void)state;
	caps_of(&r, PROCESS("'user':{'uid':7,'gid':8,'additionalGids':[9,10]},"
			    "'noNewPrivileges':true"));
	room_expect(&r, "", "", false);
	assert_int_equal(r.plan.cred.uid, 7);
	assert_int_equal(r.plan.cred.gid, 8);
	assert_int_equal(r.plan.cred.groups.n, 2);
	assert_int_equal(r.plan.cred.groups.v[1], 10);
	assert_true(r.plan.cred.no_new_privs);
	assert_false(r.plan.cred.keep_groups);
	room_close(&r);

	caps_of(&r, "{'annotations':{'run.oci.keep_original_groups':'1'},'process':{}}");
	assert_true(r.plan.cred.keep_groups);
	assert_int_equal(r.plan.cred.uid, 0);
	room_close(&r);
	caps_of(&r, "{'annotations':{'run.oci.keep_original_groups':'0'},'process':{}}");
	assert_false(r.plan.cred.keep_groups);
	room_close(&r);
}

#define MAPS	"'linux':{'uidMappings':[{'containerID':0,'hostID':1000,'size':10}]," \
		"'gidMappings':[{'containerID':0,'hostID':1000,'size':20}]}"

static void refused_ids(void **state)
{
	static const struct room_case cases[] = {
		{ PROCESS("'user':{'uid':4294967295}"), "/process/user/uid", "means no id" },
		{ PROCESS("'user':{'gid':4294967295}"), "/process/user/gid", "means no id" },
		{ PROCESS("'user':{'additionalGids':[1,4294967295]}"),
		  "/process/user/additionalGids", "means no id" },
		{ 0 }
	}, in_userns[] = {
		{ "{'process':{'user':{'uid':10,'gid':10}}," MAPS "}", "/process/user/uid",
		  "10 is not mapped in the container's user namespace: see linux.uidMappings" },
		{ "{'process':{'user':{'uid':9,'gid':20}}," MAPS "}", "/process/user/gid",
		  "see linux.gidMappings" },
		{ "{'process':{'user':{'additionalGids':[19,77]}}," MAPS "}",
		  "/process/user/additionalGids", "77 is not mapped" },
		{ 0 }
	};

	(void)state;
	room_refuses(creds_plan, cases, false);
	for (const struct room_case *c = in_userns; c->json; c++) {
		struct room r;

		caps_of(&r, c->json);		/* the host's own ids: any will do */
		room_expect(&r, "", "", false);
		r.plan.ns.make = CLONE_NEWUSER;
		creds_plan(&r.p);
		room_expect(&r, c->pointer, c->text, false);
		room_close(&r);
	}
}

static void groups_without_setgroups(void **state)
{
	static const struct { const char *json, *pointer, *text; } cases[] = {
		{ PROCESS("'user':{'additionalGids':[7]}"), "/process/user/additionalGids",
		  "no groups can be set" },
		{ PROCESS("'user':{'gid':7,'additionalGids':[7]}"), "", "" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct room r;

		room_open(&r, cases[i].json);
		r.plan.ns.deny_setgroups = true;
		creds_plan(&r.p);
		room_expect(&r, cases[i].pointer, cases[i].text, false);
		assert_int_equal(r.plan.cred.groups.n, 0);
		room_close(&r);
	}
}

static void names(void **state)
{
	auto_arena struct arena a = { 0 };
	const char *const *names = capability_names(&a);
	size_t n = 0;

	(void)state;
	assert_string_equal(names[0], "CAP_CHOWN");
	for (; names[n]; n++) {
		auto_free char *json = NULL;
		struct room r;

		assert_true(asprintf(&json, CAPS("'bounding':['%s']"), names[n]) > 0);
		assert_int_equal(caps_of(&r, json)[CAPS_BOUNDING], BIT(n));
		room_close(&r);
	}
	assert_true(n >= 41);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_set),
		cmocka_unit_test(absent_and_empty),
		cmocka_unit_test(warnings),
		cmocka_unit_test(ids),
		cmocka_unit_test(refused_ids),
		cmocka_unit_test(groups_without_setgroups),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
