/* SPDX-License-Identifier: Apache-2.0 */
/* mounts[]: every word of the option table, and what the room makes of them together. */
#include <linux/mount.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>

#include <cmocka.h>

#include "../../lib/plan/mount_options.h"
#include "room.h"

enum { OPTIONS_MAX = 8 };

static struct mount_words parse(struct arena *a, const char *const *options)
{
	struct oci_mount from = { 0 };
	struct mount_words w = { 0 };

	for (; *options; options++)
		*list_add(a, &from.options) = arena_strdup(a, *options);
	mount_words_parse(a, &from, &w);
	return w;
}

#define ATIME MOUNT_ATTR__ATIME

/* mount(2), mount_setattr(2): the effect of each word by itself. */
/* clang-format off */
static const struct attr_case {
	const char *word;
	uint64_t set, clear;
} attr_cases[] = {
	{ "ro", MOUNT_ATTR_RDONLY, 0 }, { "rw", 0, MOUNT_ATTR_RDONLY },
	{ "nosuid", MOUNT_ATTR_NOSUID, 0 }, { "suid", 0, MOUNT_ATTR_NOSUID },
	{ "nodev", MOUNT_ATTR_NODEV, 0 }, { "dev", 0, MOUNT_ATTR_NODEV },
	{ "noexec", MOUNT_ATTR_NOEXEC, 0 }, { "exec", 0, MOUNT_ATTR_NOEXEC },
	{ "nodiratime", MOUNT_ATTR_NODIRATIME, 0 }, { "diratime", 0, MOUNT_ATTR_NODIRATIME },
	{ "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0 }, { "symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "relatime", 0, ATIME }, { "norelatime", 0, ATIME }, { "atime", 0, ATIME },
	{ "noatime", MOUNT_ATTR_NOATIME, ATIME }, { "nostrictatime", 0, ATIME },
	{ "strictatime", MOUNT_ATTR_STRICTATIME, ATIME },
	{ 0 }
};
/* clang-format on */

static void test_attributes(void **state)
{
	auto_arena struct arena a = { 0 };

	(void)state;
	for (const struct attr_case *c = attr_cases; c->word; c++) {
		const char *one[] = { c->word, NULL };
		const char *tree[] = { arena_printf(&a, "r%s", c->word), NULL };
		struct mount_action m = parse(&a, one).action;

		assert_int_equal(m.set, c->set);
		assert_int_equal(m.clear, c->clear);
		assert_int_equal(m.tree_set | m.tree_clear | m.data.n, 0);
		m = parse(&a, tree).action;
		assert_int_equal(m.tree_set, c->set);
		assert_int_equal(m.tree_clear, c->clear);
		assert_int_equal(m.set | m.clear | m.data.n, 0);
	}
}

/* The words for a pair of masks are words that mean that pair. */
static void test_attribute_words(void **state)
{
	auto_arena struct arena a = { 0 };

	(void)state;
	for (const struct attr_case *c = attr_cases; c->word; c++) {
		uint64_t set = c->set, clear = c->clear;
		const char *again[] = { mount_attr_word(&set, &clear, false), NULL };
		struct mount_action m = parse(&a, again).action;

		assert_int_equal(m.set, c->set);
		assert_int_equal(m.clear, c->clear);
		assert_null(mount_attr_word(&set, &clear, false));
	}
}

static void test_later_words_win(void **state)
{
	static const struct {
		const char *options[OPTIONS_MAX];
		uint64_t set, clear;
	} cases[] = {
		{ { "ro", "rw" }, 0, MOUNT_ATTR_RDONLY },
		{ { "rw", "ro" }, MOUNT_ATTR_RDONLY, 0 },
		{ { "noatime", "strictatime" }, MOUNT_ATTR_STRICTATIME, ATIME },
		{ { "strictatime", "noatime", "relatime" }, 0, ATIME },
		{ { "relatime", "noatime" }, MOUNT_ATTR_NOATIME, ATIME },
		{ { "noatime", "nodiratime" }, MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODIRATIME, ATIME },
		{ { "defaults", "nosuid", "defaults" }, MOUNT_ATTR_NOSUID, 0 },
		{ { "nosuid", "nodev", "suid" }, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOSUID },
	};
	auto_arena struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct mount_action m = parse(&a, cases[i].options).action;

		assert_int_equal(m.set, cases[i].set);
		assert_int_equal(m.clear, cases[i].clear);
	}
}

static void test_data(void **state)
{
	static const struct {
		const char *options[OPTIONS_MAX], *data[OPTIONS_MAX];
	} cases[] = {
		{ { "mode=755", "size=64k" }, { "mode=755", "size=64k" } },
		{ { "mode=755,size=64k" }, { "mode=755", "size=64k" } },
		{ { "", ",", "a,,b" }, { "a", "b" } },
		{ { "context=\"u:r:t:s0:c1,c2\",mode=1" }, { "context=u:r:t:s0:c1,c2", "mode=1" } },
		{ { "x=\"\"" }, { "x=" } },
		{ { "x=\"a" }, { "x=\"a" } },
		{ { "x=\"" }, { "x=\"" } },
		{ { "\"" }, { "\"" } },
		{ { "nofail", "_netdev", "auto", "noauto", "user", "nouser" }, { 0 } },
		{ { "x-mount.mkdir", "X-x", "comment=y", "silent", "loud" }, { 0 } },
		{ { "nofailx", "RO", "ro " }, { "nofailx", "RO", "ro " } },
	};
	auto_arena struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct mount_action m = parse(&a, cases[i].options).action;
		size_t n = 0;

		for (; cases[i].data[n]; n++) {
			assert_true(n < m.data.n);
			assert_string_equal(m.data.v[n], cases[i].data[n]);
		}
		assert_int_equal(m.data.n, n);
	}
}

/* config.md, "Linux mount options": 61 words, to which come rnodev and three of crun. */
static void test_words(void **state)
{
	static const char *const spec[] = {
		"async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "idmap",
		"iversion", "lazytime", "loud", "mand", "noatime", "nodev", "nodiratime", "noexec",
		"noiversion", "nolazytime", "nomand", "norelatime", "nostrictatime", "nosuid",
		"nosymfollow", "private", "ratime", "rbind", "rdev", "rdiratime", "relatime",
		"remount", "rexec", "ridmap", "rnoatime", "rnodiratime", "rnoexec", "rnorelatime",
		"rnostrictatime", "rnosuid", "rnosymfollow", "ro", "rprivate", "rrelatime", "rro",
		"rrw", "rshared", "rslave", "rstrictatime", "rsuid", "rsymfollow", "runbindable",
		"rw", "shared", "silent", "slave", "strictatime", "suid", "symfollow", "sync",
		"tmpcopyup", "unbindable",
	};
	auto_arena struct arena a = { 0 };
	const char *const *words = mount_option_words(&a);
	size_t n = 0, known = 0;

	(void)state;
	assert_int_equal(countof(spec), 61);
	for (; words[n]; n++) {
		const char *one[] = { words[n], NULL };

		assert_int_equal(parse(&a, one).action.data.n, 0);
		if (n)
			assert_true(strcmp(words[n - 1], words[n]) < 0);
		if (known < countof(spec) && !strcmp(words[n], spec[known]))
			known++;
	}
	assert_int_equal(known, countof(spec));
	assert_int_equal(n, countof(spec) + 4);
}

static void test_propagation_words(void **state)
{
	static const char *const words[] = { "shared", "rshared", "slave", "rslave", "private",
					     "rprivate", "unbindable", "runbindable" };
	unsigned long value;

	(void)state;
	for (size_t i = 0; i < countof(words); i++) {
		assert_true(mount_propagation_value(words[i], &value));
		assert_int_equal(!!(value & MS_REC), i & 1);
		assert_string_equal(mount_propagation_word(value), words[i]);
	}
	assert_false(mount_propagation_value("ro", &value));
	assert_false(mount_propagation_value("", &value));
	assert_null(mount_propagation_word(MS_SHARED | MS_SLAVE));
}

#define NS	"'linux':{'namespaces':[{'type':'mount'}]},"
#define ROOT	"'root':{'path':'rootfs'},"

static void mounts_open(struct room *r, const char *json, int own)
{
	room_open(r, json);
	r->plan.ns.own = r->plan.ns.make = own;
	r->plan.bundle = "/bundle";
	mounts_plan(&r->p);
}

static void shared_mounts(struct planner *p)
{
	p->plan->bundle = "/bundle";
	mounts_plan(p);
}

static void own_mounts(struct planner *p)
{
	p->plan->ns.own = CLONE_NEWNS;
	shared_mounts(p);
}

static void test_kinds(void **state)
{
	struct room r;
	const struct mount_action *m;

	(void)state;
	mounts_open(&r, "{" ROOT NS "'mounts':["
		    "{'destination':'proc','type':'proc','source':'proc'},"
		    "{'destination':'/a','type':'ext4','source':'x/../d','options':['rbind','ro']},"
		    "{'destination':'/a','options':['remount','rw']},"
		    "{'destination':'/dev','type':'cgroup','options':['ro']}]}", CLONE_NEWNS);
	room_expect(&r, "", "", false);
	m = r.plan.rootfs.mounts.v;
	assert_int_equal(r.plan.rootfs.mounts.n, 4);
	assert_int_equal(m[0].kind, MOUNT_NEW);
	assert_string_equal(m[0].target, "/proc");
	assert_int_equal(m[1].kind, MOUNT_BIND);
	assert_string_equal(m[1].source, "/bundle/d");
	assert_true(m[1].recursive && !m[1].by_parent && !m[1].fstype);
	assert_int_equal(m[2].kind, MOUNT_REMOUNT);
	assert_string_equal(m[3].fstype, "cgroup2");
	assert_true(m[3].late_readonly && !(m[3].set & MOUNT_ATTR_RDONLY));
	assert_true(r.plan.rootfs.make_devices && r.plan.rootfs.pivot);
	assert_string_equal(r.plan.rootfs.path, "/bundle/rootfs");
	room_close(&r);
}

static void test_user_namespace_opens_sources_outside(void **state)
{
	struct room r;

	(void)state;
	mounts_open(&r, "{" ROOT NS "'mounts':["
		    "{'destination':'/a','source':'/a','options':['bind']},"
		    "{'destination':'/b','type':'tmpfs'},"
		    "{'destination':'/c','source':'/c','options':['bind','idmap']}]}",
		    CLONE_NEWNS | CLONE_NEWUSER);
	room_expect(&r, "", "", false);
	assert_true(r.plan.rootfs.mounts.v[0].by_parent);
	assert_false(r.plan.rootfs.mounts.v[1].by_parent);
	assert_true(r.plan.rootfs.mounts.v[2].map_of_container);
	room_close(&r);
}

/* Only root, and the file system may be new: then the parent makes it. */
static void test_idmap(void **state)
{
	static const char json[] = "{" ROOT NS "'mounts':[{'destination':'/a','type':'tmpfs',"
		"'options':['idmap'],'uidMappings':[{'containerID':0,'hostID':5,'size':2}],"
		"'gidMappings':[{'containerID':1,'hostID':6,'size':3}]}]}";
	struct room r;

	(void)state;
	mounts_open(&r, json, CLONE_NEWNS);
	room_expect(&r, "", "", false);
	assert_true(r.plan.rootfs.mounts.v[0].by_parent);
	assert_string_equal(r.plan.rootfs.mounts.v[0].uid_map, "0 5 2\n");
	assert_string_equal(r.plan.rootfs.mounts.v[0].gid_map, "1 6 3\n");
	room_close(&r);

	room_open(&r, json);
	r.host.euid = 1000;
	own_mounts(&r.p);
	room_expect(&r, "/mounts/0/options", "an ordinary user", false);
	room_close(&r);
}

/* Left in its peer group only if root and mount ask for it, the mount with its first word. */
static void test_shared(void **state)
{
	static const struct {
		const char *root, *options;
		uid_t euid;
		bool shared;
	} cases[] = {
		{ "shared", "'bind','shared'", 0, true },
		{ "rshared", "'rbind','rshared','rslave'", 0, true },
		{ "shared", "'rbind','shared'", 1000, false },
		{ "shared", "'rbind','rprivate','rshared'", 0, false },
		{ "shared", "'rbind','rslave'", 0, false },
		{ "shared", "'rbind'", 0, false },
		{ "slave", "'rbind','rshared'", 0, false },
		{ "private", "'rbind','rshared'", 0, false },
		{ "", "'rbind','rshared'", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		auto_arena struct arena a = { 0 };
		struct room r;

		room_open(&r, arena_printf(&a, "{" ROOT "'linux':{'rootfsPropagation':'%s'},'mounts':["
					   "{'destination':'/a','source':'/a','options':[%s]}]}",
					   cases[i].root, cases[i].options));
		r.host.euid = cases[i].euid;
		own_mounts(&r.p);
		room_expect(&r, "", "", false);
		assert_int_equal(r.plan.rootfs.mounts.v[0].shared, cases[i].shared);
		assert_int_equal(r.plan.rootfs.mounts.v[0].by_parent, cases[i].shared);
		assert_int_equal(r.plan.rootfs.shares, cases[i].shared);
		room_close(&r);
	}
}

/* What becomes read-only at the end keeps a descriptor: so not all of many wait, but /dev does. */
static void test_late_read_only(void **state)
{
	enum { MANY = 40, WAIT = 32 };
	auto_arena struct arena a = { 0 };
	const char *mounts = "{'destination':'/dev','type':'devtmpfs','options':['ro']}";
	const struct mount_action *m;
	struct room r;

	(void)state;
	for (int i = 0; i < MANY; i++)
		mounts = arena_printf(&a, "{'destination':'/%d','type':'tmpfs','options':['%s']},%s", i,
				      i & 1 ? "ro" : "rro", mounts);
	mounts_open(&r, arena_printf(&a, "{" ROOT NS "'mounts':[%s]}", mounts), CLONE_NEWNS);
	room_expect(&r, "", "", false);
	m = r.plan.rootfs.mounts.v;
	for (int i = 0; i <= MANY; i++) {
		bool waits = i < WAIT || i == MANY;

		assert_int_equal(m[i].late_readonly, waits);
		assert_int_equal((m[i].set | m[i].tree_set) & MOUNT_ATTR_RDONLY ? 1 : 0, !waits);
	}
	room_close(&r);
}

/* mount(8): remount,rw makes the file system writable, not only the mount. */
static void test_remount_writable(void **state)
{
	const struct mount_action *m;
	struct room r;

	(void)state;
	mounts_open(&r, "{" ROOT NS "'mounts':["
		    "{'destination':'/t','type':'tmpfs','options':['ro']},"
		    "{'destination':'/t','options':['remount','rw']},"
		    "{'destination':'/e','type':'ext4','options':['ro']},"
		    "{'destination':'/e','options':['remount','bind','rw']},"
		    "{'destination':'/e','options':['remount','rw']}]}", CLONE_NEWNS);
	room_expect(&r, "", "", false);
	m = r.plan.rootfs.mounts.v;
	assert_false(m[0].late_readonly);
	assert_int_equal(m[1].data.n + m[3].data.n, 0);
	assert_int_equal(m[4].data.n, 1);
	assert_string_equal(m[4].data.v[0], "rw");
	room_close(&r);
}

static void test_masks(void **state)
{
	struct room r;

	(void)state;
	mounts_open(&r, "{" ROOT "'linux':{'maskedPaths':['/a','/b/../a/','/c','/a'],"
		    "'readonlyPaths':['/z','/y','/z']}}", CLONE_NEWNS);
	room_expect(&r, "", "", false);
	assert_int_equal(r.plan.rootfs.masked.n, 2);
	assert_string_equal(r.plan.rootfs.masked.v[0], "/a");
	assert_string_equal(r.plan.rootfs.masked.v[1], "/c");
	assert_int_equal(r.plan.rootfs.readonly_paths.n, 2);
	assert_string_equal(r.plan.rootfs.readonly_paths.v[1], "/y");
	room_close(&r);
}

static void test_root_propagation(void **state)
{
	static const struct {
		const char *word;
		unsigned long first, late;
	} cases[] = {
		{ "", MS_SLAVE | MS_REC, 0 },
		{ "slave", MS_SLAVE | MS_REC, 0 },
		{ "rslave", MS_SLAVE | MS_REC, 0 },
		{ "private", MS_PRIVATE | MS_REC, 0 },
		{ "rprivate", MS_PRIVATE | MS_REC, 0 },
		{ "shared", MS_SLAVE | MS_REC, MS_SHARED },
		{ "rshared", MS_SLAVE | MS_REC, MS_SHARED | MS_REC },
		{ "unbindable", MS_PRIVATE | MS_REC, MS_UNBINDABLE },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		auto_arena struct arena a = { 0 };
		struct room r;

		mounts_open(&r, arena_printf(&a, "{" ROOT "'linux':{'rootfsPropagation':'%s'}}",
					     cases[i].word), CLONE_NEWNS);
		room_expect(&r, "", "", false);
		assert_int_equal(r.plan.rootfs.propagation, cases[i].first);
		assert_int_equal(r.plan.rootfs.late_propagation, cases[i].late);
		room_close(&r);
	}
}

#define ONE(m)	"{" ROOT "'mounts':[{" m "}]}"

static void test_refusals(void **state)
{
	static const struct room_case cases[] = {
		{ ONE("'destination':'/a','source':'/a','options':['bind','size=1']"),
		  "/mounts/0/options", "filesystem-specific options applied: \"size=1\"" },
		{ ONE("'destination':'/a','options':['rbind']"), "/mounts/0/source", "is needed" },
		{ ONE("'destination':'/a','source':'/a'"), "/mounts/0/type", "is needed" },
		{ ONE("'destination':'/a','type':'bind','source':'/a'"), "/mounts/0/options",
		  "must hold bind or rbind" },
		{ ONE("'destination':'a/..','type':'tmpfs'"), "/mounts/0/destination", "root" },
		{ ONE("'destination':'/proc','type':'tmpfs'"), "/mounts/0/destination", "only procfs" },
		{ ONE("'destination':'/x/../proc/','source':'/','options':['bind']"),
		  "/mounts/0/destination", "only procfs" },
		{ ONE("'destination':'/proc/sys','type':'proc'"), "/mounts/0/destination",
		  "/proc/sys must not be mounted over" },
		{ ONE("'destination':'/proc/cpuinfox','source':'/a','options':['bind']"),
		  "/mounts/0/destination", "must not be mounted over" },
		{ ONE("'destination':'/a','type':'ramfs','options':['tmpcopyup']"),
		  "/mounts/0/options", "only possible with a tmpfs" },
		{ ONE("'destination':'/a','source':'/a','options':['bind','ridmap']"),
		  "/mounts/0/options", "ridmap needs" },
		{ ONE("'destination':'/a','type':'tmpfs','options':['idmap']"),
		  "/mounts/0/options", "idmap needs" },
		{ ONE("'destination':'/a','options':['remount','ridmap']"),
		  "/mounts/0/options", "cannot become ID-mapped" },
		{ ONE("'destination':'/a','options':['remount'],'uidMappings':[{'containerID':0,"
		      "'hostID':1,'size':1}]"),
		  "/mounts/0/uidMappings", "cannot become ID-mapped" },
		{ "{" ROOT "'linux':{'rootfsPropagation':'ro'}}", "/linux/rootfsPropagation",
		  "must be shared" },
		{ 0 }
	};
	static const struct room_case outside[] = {
		{ ONE("'destination':'/a','type':'tmpfs'"), "/mounts", "needs a mount namespace" },
		{ "{'root':{'path':'r','readonly':true}}", "/root/readonly", "needs a mount" },
		{ 0 }
	};

	(void)state;
	room_refuses(own_mounts, cases, false);
	room_refuses(shared_mounts, outside, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_attribute_words),
		cmocka_unit_test(test_later_words_win),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_propagation_words),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_user_namespace_opens_sources_outside),
		cmocka_unit_test(test_idmap),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_late_read_only),
		cmocka_unit_test(test_remount_writable),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_root_propagation),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
