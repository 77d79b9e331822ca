/* SPDX-License-Identifier: Apache-2.0 */
/* linux.namespaces, id maps and devices: what is made, what is joined, who writes the maps. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "room.h"

static void test_kinds(void **state)
{
	int all = 0;

	(void)state;
	for (const struct ns_kind *k = ns_kinds; k->type; k++) {
		assert_int_equal(all & k->flag, 0);
		all |= k->flag;
	}
	assert_int_equal(all, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET |
			 CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWTIME);
	/* The one gives the privileges for the others, the other changes what paths mean. */
	assert_string_equal(ns_kinds[0].type, "user");
	assert_string_equal(ns_kinds[7].type, "mount");
}

static void test_make_and_join(void **state)
{
	struct room r;
	const struct ns_join *join;

	(void)state;
	room_open(&r, "{'linux':{'namespaces':[{'type':'mount','path':'/m'},{'type':'pid'},"
		  "{'type':'network','path':'/n'},{'type':'time'},{'type':'user','path':'/u'}],"
		  "'timeOffsets':{'boottime':{'secs':-3,'nanosecs':4},'monotonic':{'secs':1}}}}");
	namespaces_plan(&r.p);
	idmap_plan(&r.p);
	room_expect(&r, "", "", false);
	join = r.plan.ns.join.v;
	assert_int_equal(r.plan.ns.make, CLONE_NEWPID | CLONE_NEWTIME);
	assert_int_equal(r.plan.ns.own, CLONE_NEWPID | CLONE_NEWTIME | CLONE_NEWNS | CLONE_NEWNET |
			 CLONE_NEWUSER);
	assert_int_equal(r.plan.ns.join.n, 3);
	assert_string_equal(join[0].path, "/u");
	assert_string_equal(join[1].path, "/n");
	assert_string_equal(join[2].path, "/m");
	assert_ptr_equal(join[2].from, &r.config.spec.linux->namespaces.v[0]);
	assert_string_equal(r.plan.ns.time_offsets, "boottime -3 4\nmonotonic 1 0\n");
	/* A joined one has its maps. */
	assert_null(r.plan.ns.uid_map);
	room_close(&r);
}

static void test_no_linux(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, "{}");
	namespaces_plan(&r.p);
	idmap_plan(&r.p);
	devices_plan(&r.p);
	room_expect(&r, "", "", false);
	assert_int_equal(r.plan.ns.own | r.plan.ns.make | (int)r.plan.rootfs.devices.n, 0);
	room_close(&r);
}

static void test_idmap_host(void **state)
{
	struct oci_id_map maps[] = { { 0, 1000, 1 }, { 1, 100000, 10 }, { 4294967290, 5, 6 } };
	oci_id_maps list = { maps, countof(maps) };
	oci_id_maps none = { 0 };
	auto_arena struct arena a = { 0 };

	(void)state;
	assert_int_equal(idmap_host(&list, 0), 1000);
	assert_int_equal(idmap_host(&list, 1), 100000);
	assert_int_equal(idmap_host(&list, 10), 100009);
	assert_int_equal(idmap_host(&list, 11), -1);
	assert_int_equal(idmap_host(&list, 4294967295), 10);
	assert_int_equal(idmap_host(&none, 77), 77);
	assert_string_equal(idmap_text(&a, &list), "0 1000 1\n1 100000 10\n4294967290 5 6\n");
}

#define USERNS(maps)	"{'linux':{'namespaces':[{'type':'user'}],'uidMappings':[" maps "]," \
			"'gidMappings':[" maps "]}}"
#define OWN		"{'containerID':0,'hostID':1000,'size':1}"
#define RANGE		"{'containerID':1,'hostID':100000,'size':9}"

/* user_namespaces(7), "Defining user and group ID mappings". */
static void test_who_writes_the_maps(void **state)
{
	static const struct {
		const char *json;
		uid_t euid;
		gid_t egid;
		bool installed;
		bool by_helper, deny_setgroups, refused;
	} cases[] = {
		{ USERNS(OWN "," RANGE), 0, 0, false, false, false, false },
		{ USERNS(OWN), 0, 0, false, false, false, false },
		{ USERNS(OWN), 1000, 1000, false, false, true, false },
		{ USERNS(OWN), 1000, 1001, true, true, false, false },
		{ USERNS(OWN), 1001, 1000, false, true, false, true },
		{ USERNS(OWN "," RANGE), 1000, 1000, true, true, false, false },
		{ USERNS(OWN "," RANGE), 1000, 1000, false, true, false, true },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct room r;

		room_open(&r, cases[i].json);
		r.host.euid = cases[i].euid;
		r.host.egid = cases[i].egid;
		r.host.newuidmap = cases[i].installed ? "/usr/bin/newuidmap" : NULL;
		r.host.newgidmap = cases[i].installed ? "/usr/bin/newgidmap" : NULL;
		namespaces_plan(&r.p);
		idmap_plan(&r.p);
		room_expect(&r, "/linux/uidMappings", cases[i].refused ? "package uidmap" : "", false);
		assert_int_equal(r.plan.ns.map_by_helper, cases[i].by_helper);
		assert_int_equal(r.plan.ns.deny_setgroups, cases[i].deny_setgroups);
		room_close(&r);
	}
}

static void test_devices(void **state)
{
	struct room r;
	const struct device_node *d;

	(void)state;
	room_open(&r, "{'linux':{'devices':["
		  "{'path':'/dev/zero','type':'c','major':1,'minor':5,'fileMode':8630,'uid':3},"
		  "{'path':'/dev//b','type':'b','major':8,'minor':1},"
		  "{'path':'/f','type':'p'},{'path':'/dev/u','type':'u','major':9,'minor':9}]}}");
	r.plan.ns.own = CLONE_NEWNS;
	r.plan.rootfs.make_devices = true;
	devices_plan(&r.p);
	room_expect(&r, "", "", false);
	d = r.plan.rootfs.devices.v;
	assert_int_equal(r.plan.rootfs.devices.n, 6 + 3);
	/* Podman: 8630 is 020666, with the type. */
	assert_string_equal(d[1].path, "/dev/zero");
	assert_int_equal(d[1].mode, S_IFCHR | 0666);
	assert_int_equal(d[1].uid, 3);
	assert_non_null(d[1].from);
	assert_string_equal(d[6].path, "/dev/b");
	assert_int_equal(d[6].mode, S_IFBLK | 0666);
	assert_int_equal(d[7].mode, S_IFIFO | 0666);
	assert_int_equal(d[8].mode, S_IFCHR | 0666);
	for_each (node, &r.plan.rootfs.devices)
		assert_false(node->bind);
	room_close(&r);
}

/* mknod(2): CAP_MKNOD counts in the initial user namespace alone, and not for a FIFO. */
static void test_devices_bound(void **state)
{
	(void)state;
	for (int nested = 0; nested < 2; nested++) {
		struct room r;

		room_open(&r, "{'linux':{'devices':[{'path':'/f','type':'p'}]}}");
		r.host.init_userns = !nested;
		r.plan.ns.own = nested ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
		r.plan.rootfs.make_devices = true;
		devices_plan(&r.p);
		for (size_t i = 0; i < 6; i++)
			assert_true(r.plan.rootfs.devices.v[i].bind);
		assert_false(r.plan.rootfs.devices.v[6].bind);
		room_close(&r);
	}
}

/* What is joined by path may be what we are in: then nothing is the container's own. */
static void test_joined_is_ours(void **state)
{
	static const char json[] =
		"{'hostname':'h','domainname':'','linux':{'maskedPaths':['/a'],'namespaces':["
		"{'type':'uts','path':'/u'},{'type':'ipc','path':'/i'},{'type':'pid'}]}}";
	struct room r;

	(void)state;
	room_open(&r, json);
	r.host.shared_ns = CLONE_NEWIPC;
	namespaces_plan(&r.p);
	room_expect(&r, "", "", false);
	assert_int_equal(r.plan.ns.own, CLONE_NEWUTS | CLONE_NEWPID);
	assert_int_equal(r.plan.ns.make, CLONE_NEWPID);
	assert_int_equal(r.plan.ns.join.n, 1);
	assert_string_equal(r.plan.ns.join.v[0].path, "/u");
	room_close(&r);

	room_open(&r, json);
	r.host.shared_ns = CLONE_NEWUTS;
	namespaces_plan(&r.p);
	room_expect(&r, "/hostname", "would change the host", false);
	assert_int_equal(r.plan.ns.own, CLONE_NEWIPC | CLONE_NEWPID);
	room_close(&r);
}

static void test_maps_of_a_joined_one(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, "{'linux':{'namespaces':[{'type':'user','path':'/u'}],'uidMappings':"
		      "[{'containerID':0,'hostID':5,'size':1},{'containerID':1,'hostID':9,'size':2}]}}");
	namespaces_plan(&r.p);
	idmap_plan(&r.p);
	room_expect(&r, "", "", false);
	assert_null(r.plan.ns.uid_map);
	assert_string_equal(r.plan.ns.joined_uid_map, "0 5 1\n1 9 2\n");
	assert_null(r.plan.ns.joined_gid_map);
	room_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_joined_is_ours),
		cmocka_unit_test(test_maps_of_a_joined_one),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_make_and_join),
		cmocka_unit_test(test_no_linux),
		cmocka_unit_test(test_idmap_host),
		cmocka_unit_test(test_who_writes_the_maps),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_devices_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
