/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.intelRdt: the plan, how schemata are compared, and the steps. Few
 * machines have resctrl, so the steps work on a directory that behaves like
 * it: this program's mkdirat() and unlinkat(), which the library calls, do
 * what the kernel does there. What is written can be read from a fifo.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../lib/parent/parent.h"
#include "room.h"

#include "check.h"

/* ---- the plan ---- */

#define RDT(members)	"{'linux':{'intelRdt':{" members "}}}"

static void plan(struct room *r, const char *json)
{
	room_open(r, json);
	r->request.id = "c1";
	r->host.resctrl_root = "/sys/fs/resctrl";
	rdt_plan(&r->p);
}

/* [RDT-01] */
static void test_plan_absent(void **state)
{
	struct room r;

	(void)state;
	plan(&r, "{'linux':{}}");
	room_expect(&r, "", "", false);
	assert_null(r.plan.rdt.root);
	room_close(&r);
	plan(&r, "{}");
	assert_null(r.plan.rdt.root);
	room_close(&r);
}

/* [RDT-02] also for an empty object */
static void test_plan_not_mounted(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, RDT(""));
	r.request.id = "c1";
	rdt_plan(&r.p);
	room_expect(&r, "/linux/intelRdt", "not mounted", false);
	assert_null(r.plan.rdt.root);
	room_close(&r);
}

/* [RDT-04, RDT-05, RDT-06, RDT-08, RDT-18, RDT-21] */
static void test_plan_group(void **state)
{
	static const struct {
		const char *json, *group;
		bool make, shared, monitor;
	} cases[] = {
		{ RDT(""), "c1", true, false, false },
		{ RDT("'enableMonitoring':true"), "c1", true, false, true },
		{ RDT("'enableCMT':true,'enableMBM':true"), "c1", true, false, false },
		{ RDT("'closID':'/'"), ".", false, true, false },
		{ RDT("'closID':'/','memBwSchema':'MB:0=9','enableMonitoring':true"), ".", false, true, true },
		{ RDT("'closID':'gold'"), "gold", false, true, false },
		{ RDT("'closID':'gold','schemata':[]"), "gold", false, true, false },
		{ RDT("'closID':'gold','l3CacheSchema':''"), "gold", false, true, false },
		{ RDT("'closID':'gold','schemata':['L3:0=1']"), "gold", true, true, false },
		{ RDT("'closID':'gold','l3CacheSchema':'L3:0=1'"), "gold", true, true, false },
		{ RDT("'closID':'gold','memBwSchema':'MB:0=9'"), "gold", true, true, false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct rdt_plan *rdt;
		struct room r;

		plan(&r, cases[i].json);
		room_expect(&r, "", "", false);
		rdt = &r.plan.rdt;
		assert_string_equal(rdt->root, "/sys/fs/resctrl");
		assert_string_equal(rdt->group, cases[i].group);
		assert_int_equal(rdt->make, cases[i].make);
		assert_int_equal(rdt->shared, cases[i].shared);
		assert_int_equal(rdt->monitor != NULL, cases[i].monitor);
		room_close(&r);
	}
}

/* [RDT-09, RDT-11, RDT-13] */
static void test_plan_writes(void **state)
{
	static const char *const lines[] = { "L3:0=f\nL2:0=1", "MB:0=9", "L3:0=3", "MB:0=8" };
	static const char *const members[] = { "l3CacheSchema", "memBwSchema", NULL, NULL };
	struct room r;

	(void)state;
	plan(&r, RDT("'schemata':['L3:0=3','','MB:0=8'],'memBwSchema':'MB:0=9',"
		     "'l3CacheSchema':'L3:0=f\\nL2:0=1\\n'"));
	assert_int_equal(r.plan.rdt.writes.n, countof(lines));
	for (size_t i = 0; i < countof(lines); i++) {
		const struct rdt_write *w = &r.plan.rdt.writes.v[i];

		assert_string_equal(w->line, lines[i]);
		assert_int_equal(w->compared, members[i] != NULL);
		if (members[i])
			assert_string_equal(w->member, members[i]);
		else
			assert_null(w->member);
	}
	room_close(&r);
}

/* Directories that are no groups. */
static void test_plan_reserved(void **state)
{
	static const char *const kept[] = { "info", "mon_data", "mon_groups" };

	(void)state;
	for (size_t i = 0; i < countof(kept); i++) {
		auto_free char *json = NULL;
		struct room r;

		assert_true(asprintf(&json, RDT("'closID':'%s'"), kept[i]) > 0);
		plan(&r, json);
		room_expect(&r, "/linux/intelRdt/closID", kept[i], false);
		room_close(&r);
		room_open(&r, RDT(""));
		r.request.id = kept[i];
		r.host.resctrl_root = "/sys/fs/resctrl";
		rdt_plan(&r.p);
		room_expect(&r, "/linux/intelRdt/closID", kept[i], false);
		room_close(&r);
	}
}

/* ---- schemata ---- */

#define HAVE	"    MB:0=100;1= 60\n    L3:0=000ff;1=000f0\nL3CODE:0=3\n"

/* [RDT-07] by value, not by text */
static void test_compare(void **state)
{
	static const struct {
		const char *want, *differs;	/* NULL: agrees */
	} cases[] = {
		{ "L3:0=ff;1=f0", NULL },
		{ "L3:1=0f0;0=0000ff", NULL },
		{ " L3 : 1 = f0 ; ", NULL },
		{ "L3:1=F0", NULL },
		{ "L3:1=f0\nMB:1=60", NULL },
		{ "L3:1=f0\n", NULL },
		{ "MB:0=100;1=60", NULL },
		{ "MB:1=51", NULL },			/* is rounded up to 60 */
		{ "L3CODE:0=3", NULL },
		{ "", NULL },
		{ "L3:0=f", "has L3:0=000ff;1=000f0 instead of L3:0=f" },
		{ "L3:0=ff;1=f", "has L3:0=000ff;1=000f0 instead of L3:0=ff;1=f" },
		{ "L3:2=ff", "has L3:" },
		{ "MB:1=50", "has MB:0=100;1= 60 instead of MB:1=50" },
		{ "MB:1=61", "has MB:" },
		{ "MB:0=0x64", "has MB:" },
		{ "L3:1=f0\nMB:1=10", "has MB:" },
		{ "L2:0=1", "has no L2" },
		{ "L3DATA:0=1", "has no L3DATA" },
		{ "L:0=1", "has no L" },
		{ "L3", "has L3:" },
		{ "L3:x", "has L3:" },
		{ "L3:0", "has L3:" },
		{ "L3:0=", "has L3:" },
		{ "L3:0=ff 1=f0", "has L3:" },
		{ "L3:0=ff;;1=f0", "has L3:" },
		{ "L3:0=-1", "has L3:" },
		{ "nonsense", "has no nonsense" },
		{ ":", "has no " },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		auto_err struct err *err = schemata_compare(HAVE, cases[i].want, 10);

		if (!cases[i].differs && err)
			fail_msg("%s: %s", cases[i].want, err_text(err));
		if (cases[i].differs && strncmp(err_text(err), cases[i].differs, strlen(cases[i].differs)))
			fail_msg("%s: %s", cases[i].want, err_text(err));
	}
	/* Where the kernel does not round. */
	ok(schemata_compare("MB:0=2048\n", "MB:0=2048", 10));
	ok(schemata_compare("MB:0=55\n", "MB:0=55", 1));
	/* What cannot be read has no values. */
	for (size_t i = 0; i < 4; i++) {
		static const char *const have[] = { "", "L3", "L3:", "L3:0:ff;0=ff\n" };
		auto_err struct err *err = schemata_compare(have[i], "L3:0=ff", 1);

		assert_int_equal(err_code(err), EEXIST);
	}
}

/* ---- a file system that behaves like resctrl ---- */

static char top[32];			/* "" while there is none */
static const char *no_room;		/* why mkdir(2) fails, in the kernel's words */
static int written = -1;		/* keeps what is written to the schemata of a new group */

static bool is_ours(int at, char *path, size_t size)
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", at);
	n = *top ? readlink(link, path, size - 1) : -1;
	path[n > 0 ? n : 0] = 0;
	return n > 0 && !strncmp(path, top, strlen(top));
}

static void file(const char *dir, const char *name, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static char *text_of(const char *name)
{
	static char text[512];
	char path[256];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	if (fd >= 0)
		close(fd);
	return text;
}

static bool there(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return access(path, F_OK) == 0;
}

/*
 * What the kernel puts into a new group, whose schemata is a fifo: it keeps
 * all that is written, one after the other, as long as it is open.
 */
static void group_fill(const char *dir, bool is_new, bool monitors)
{
	char path[256];

	file(dir, "tasks", "");
	if (!monitors)
		return;
	snprintf(path, sizeof(path), "%s/mon_groups", dir);
	assert_int_equal(syscall(SYS_mkdirat, AT_FDCWD, path, 0755), 0);
	snprintf(path, sizeof(path), "%s/schemata", dir);
	if (!is_new) {
		file(dir, "schemata", HAVE);
		return;
	}
	close_p(&written);
	assert_int_equal(mkfifo(path, 0644), 0);
	written = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(written >= 0);
}

int mkdirat(int at, const char *name, mode_t mode)
{
	char dir[128], path[256];
	int done;

	if (!is_ours(at, dir, sizeof(dir)))
		return (int)syscall(SYS_mkdirat, at, name, mode);
	if (no_room) {
		file(top, "info/last_cmd_status", no_room);
		errno = ENOSPC;
		return -1;
	}
	done = (int)syscall(SYS_mkdirat, at, name, mode);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (!done)
		group_fill(path, true, !strstr(dir, "mon_groups"));
	return done;
}

/* Removing a group removes all that the kernel put there; the others are its own. */
int unlinkat(int at, const char *name, int flags)
{
	static const char *const parts[] = { "tasks", "schemata", NULL };
	char dir[128], path[256];

	if (!is_ours(at, dir, sizeof(dir)) || !(flags & AT_REMOVEDIR) || !strcmp(name, "mon_groups"))
		return (int)syscall(SYS_unlinkat, at, name, flags);
	for (const char *const *part = parts; *part; part++) {
		snprintf(path, sizeof(path), "%s/%s/%s", dir, name, *part);
		syscall(SYS_unlinkat, AT_FDCWD, path, 0);
	}
	snprintf(path, sizeof(path), "%s/%s/mon_groups", dir, name);
	syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
	return (int)syscall(SYS_unlinkat, at, name, flags);
}

/* ---- the steps ---- */

struct scene {
	struct arena arena;
	struct room room;
	struct record record;
	struct store store;
	struct live live;
	char state[32];
};

static void path_below_top(const char *name, char path[static 256])
{
	snprintf(path, 256, "%s/%s", top, name);
}

static int scene_open(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	char path[256];

	*state = s;
	if (!s)
		return -1;
	umask(022);
	snprintf(s->state, sizeof(s->state), "/tmp/hull-rdt-state-XXXXXX");
	snprintf(path, sizeof(path), "/tmp/hull-rdt-XXXXXX");
	if (!mkdtemp(s->state) || !mkdtemp(path))
		return -1;
	ok(store_create(&s->arena, s->state, "c1", &s->store));
	memcpy(top, path, strlen(path) + 1);
	no_room = NULL;
	path_below_top("info", path);
	syscall(SYS_mkdirat, AT_FDCWD, path, 0755);
	path_below_top("info/MB", path);
	syscall(SYS_mkdirat, AT_FDCWD, path, 0755);
	file(top, "info/MB/bandwidth_gran", "10\n");
	file(top, "info/last_cmd_status", "ok\n");
	group_fill(top, false, true);
	return 0;
}

static void tree_remove(const char *path)
{
	const struct dir tmp = { open("/tmp", O_PATH | O_CLOEXEC), "/tmp" };

	ok(dir_remove_tree(&tmp, path + strlen("/tmp/")));
	close(tmp.fd);
}

static int scene_close(void **state)
{
	struct scene *s = *state;
	char path[32];

	memcpy(path, top, sizeof(path));
	*top = 0;
	tree_remove(path);
	store_close(&s->store);
	tree_remove(s->state);
	close_p(&written);
	written = -1;
	room_close(&s->room);
	arena_free(&s->arena);
	free(s);
	return 0;
}

/* A group that others have made; its schemata is a file. */
static void made_before(const char *name)
{
	char path[256];

	path_below_top(name, path);
	assert_int_equal(syscall(SYS_mkdirat, AT_FDCWD, path, 0755), 0);
	group_fill(path, false, true);
}

/* As record_make() of lib/verbs/create.c does it. */
static void record_fill(struct scene *s)
{
	const struct rdt_plan *p = &s->room.plan.rdt;
	struct arena *a = &s->arena;
	char *monitor;

	s->record = (struct record){
		.schema = RECORD_SCHEMA, .id = arena_strdup(a, "c1"), .bundle = arena_strdup(a, "/b"),
		.rootfs = arena_strdup(a, "/b/r"), .created = arena_strdup(a, "now"),
		.boot_id = arena_strdup(a, "x"), .phase = arena_strdup(a, "creating"),
	};
	s->record.rdt_group = strcmp(p->group, ".") ? arena_printf(a, "%s/%s", top, p->group) :
		arena_strdup(a, top);
	s->record.rdt_made = p->make && !path_exists(s->record.rdt_group);
	monitor = arena_printf(a, "%s/mon_groups/c1", s->record.rdt_group);
	s->record.rdt_monitor = p->monitor && !path_exists(monitor) ? monitor : NULL;
}

static struct err *made(struct scene *s, const char *json)
{
	struct err *err;

	room_open(&s->room, json);
	s->room.request.id = "c1";
	s->room.host.resctrl_root = top;
	rdt_plan(&s->room.p);
	room_expect(&s->room, "", "", false);
	record_fill(s);
	s->live = (struct live){
		.arena = &s->arena, .host = &s->room.host, .record = &s->record,
		.store = &s->store, .pid = 4242,
	};
	ok(record_save(&s->store, &s->record));
	err = rdt_make(&s->room.plan, &s->live);
	return err;
}

static struct err *undone(struct scene *s)
{
	struct undo undo = { .record = &s->record, .store = &s->store };

	return rdt_remove(&undo);
}

/* By another process: from what is on disk. */
static void deleted(struct scene *s)
{
	struct record r = { 0 };
	struct undo undo = { .record = &r, .store = &s->store };

	ok(record_load(&s->arena, &s->store, &r));
	ok(rdt_remove(&undo));
}

/* The walk from there to a created container. */
static void created(struct scene *s)
{
	ok(rdt_join(&s->room.plan, &s->live));
	s->record.phase = arena_strdup(&s->arena, "created");
	ok(record_save(&s->store, &s->record));
	ok(rdt_keep(&s->room.plan, &s->live));
}

/* @pointer, @text: of the one error. */
static void refused(struct err *err, int code, const char *pointer, const char *text)
{
	if (!err)
		fail_msg("not refused: %s", text);
	if (err_code(err) != code || !strstr(err_text(err), text))
		fail_msg("%s: %s", errno_name(err_code(err)), err_text(err));
	assert_string_equal(err_get(err, ERR_POINTER), pointer);
	assert_non_null(strstr(err_get(err, ERR_WHERE), "config.json:1:"));
	err_free(err);
}

/* [RDT-01] nothing is opened: there is nothing that could be */
static void test_absent(void **state)
{
	struct scene *s = *state;

	room_open(&s->room, "{}");
	s->live = (struct live){ .arena = &s->arena, .record = &s->record, .pid = 4242 };
	ok(rdt_make(&s->room.plan, &s->live));
	ok(rdt_join(&s->room.plan, &s->live));
	ok(rdt_keep(&s->room.plan, &s->live));
	ok(undone(s));
}

/* [RDT-03, RDT-04, RDT-12, RDT-16] */
static void test_own_group(void **state)
{
	struct scene *s = *state;

	ok(made(s, RDT("")));
	assert_true(there("c1"));
	created(s);
	assert_string_equal(text_of("c1/tasks"), "4242\n");
	assert_string_equal(text_of("c1/schemata"), "");
	deleted(s);
	assert_false(there("c1"));
	deleted(s);		/* nothing is left: no error */
}

/* [RDT-09, RDT-10, RDT-11] in this order */
static void test_writes(void **state)
{
	ok(made(*state, RDT("'schemata':['L3:0=3','MB:0=9'],'memBwSchema':'MB:0=50','l3CacheSchema':'L3:0=f\\n'")));
	assert_string_equal(text_of("c1/schemata"), "L3:0=f\nMB:0=50\nL3:0=3\nMB:0=9\n");
}

/* [RDT-06, RDT-17] */
static void test_shared_made(void **state)
{
	struct scene *s = *state;

	ok(made(s, RDT("'closID':'gold','memBwSchema':'MB:0=50'")));
	assert_string_equal(text_of("gold/schemata"), "MB:0=50\n");
	created(s);
	assert_string_equal(text_of("gold/tasks"), "4242\n");
	deleted(s);
	assert_true(there("gold"));
}

/* [RDT-07, RDT-17] */
static void test_shared_agrees(void **state)
{
	struct scene *s = *state;

	made_before("gold");
	ok(made(s, RDT("'closID':'gold','l3CacheSchema':'L3:1=f0','memBwSchema':'MB:1=51'")));
	created(s);
	assert_string_equal(text_of("gold/tasks"), "4242\n");
	deleted(s);
	assert_true(there("gold"));
}

/* [RDT-07] and nothing is written then */
static void test_shared_differs(void **state)
{
	struct scene *s = *state;

	made_before("gold");
	refused(made(s, RDT("'closID':'gold','l3CacheSchema':'L3:1=f0','memBwSchema':'MB:1=40'")), EEXIST,
		"/linux/intelRdt/memBwSchema", "instead of MB:1=40");
	assert_string_equal(text_of("gold/schemata"), HAVE);
	ok(undone(s));
	assert_true(there("gold"));
	room_close(&s->room);
	refused(made(s, RDT("'closID':'/','l3CacheSchema':'L3:1=f1'")), EEXIST,
		"/linux/intelRdt/l3CacheSchema", "instead of L3:1=f1");
	assert_string_equal(text_of("schemata"), HAVE);
}

/* [RDT-08] */
static void test_shared_without_schema(void **state)
{
	struct scene *s = *state;

	refused(made(s, RDT("'closID':'gold'")), ENOENT, "/linux/intelRdt/closID", "gold");
	ok(undone(s));
	assert_false(there("gold"));
	room_close(&s->room);
	made_before("gold");
	ok(made(s, RDT("'closID':'gold'")));
	created(s);
	assert_string_equal(text_of("gold/tasks"), "4242\n");
	assert_string_equal(text_of("gold/schemata"), HAVE);
	deleted(s);
	assert_true(there("gold"));
}

/* [RDT-05, RDT-18, RDT-20] */
static void test_root_group(void **state)
{
	struct scene *s = *state;

	ok(made(s, RDT("'closID':'/','enableMonitoring':true")));
	assert_true(there("mon_groups/c1"));
	created(s);
	assert_string_equal(text_of("tasks"), "4242\n");
	assert_string_equal(text_of("mon_groups/c1/tasks"), "4242\n");
	assert_string_equal(text_of("schemata"), HAVE);
	deleted(s);
	assert_false(there("mon_groups/c1"));
	assert_true(there("mon_groups"));
}

/* [RDT-18, RDT-20] */
static void test_monitor(void **state)
{
	struct scene *s = *state;

	ok(made(s, RDT("'enableMonitoring':true")));
	assert_true(there("c1/mon_groups/c1"));
	created(s);
	assert_string_equal(text_of("c1/mon_groups/c1/tasks"), "4242\n");
	deleted(s);
	assert_false(there("c1"));
	room_close(&s->room);
	made_before("gold");
	ok(made(s, RDT("'enableMonitoring':true,'closID':'gold'")));
	created(s);
	assert_string_equal(text_of("gold/tasks"), "4242\n");
	assert_string_equal(text_of("gold/mon_groups/c1/tasks"), "4242\n");
	deleted(s);
	assert_false(there("gold/mon_groups/c1"));
	assert_true(there("gold"));
}

/* [RDT-19] and what others have made stays */
static void test_monitor_taken(void **state)
{
	struct scene *s = *state;
	char path[256];

	path_below_top("mon_groups/c1", path);
	assert_int_equal(syscall(SYS_mkdirat, AT_FDCWD, path, 0755), 0);
	refused(made(s, RDT("'enableMonitoring':true,'closID':'/'")), EEXIST,
		"/linux/intelRdt/enableMonitoring", "mon_groups/c1");
	ok(undone(s));
	deleted(s);
	assert_true(there("mon_groups/c1"));
}

/* [RDT-19] */
static void test_monitor_unknown(void **state)
{
	struct scene *s = *state;
	char path[256];

	path_below_top("mon_groups", path);
	syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
	refused(made(s, RDT("'enableMonitoring':true,'closID':'/'")), ENOENT,
		"/linux/intelRdt/enableMonitoring", "mon_groups");
	ok(undone(s));
}

/* It appears between our look and our mkdir(2): then it is not ours. */
static void test_made_meanwhile(void **state)
{
	struct scene *s = *state;

	ok(made(s, RDT("")));
	close_p(&written);
	written = -1;
	room_close(&s->room);
	ok(made(s, RDT("")));		/* it is there: record_fill saw it */
	assert_false(s->record.rdt_made);
	s->record.rdt_made = true;
	ok(record_save(&s->store, &s->record));
	ok(rdt_make(&s->room.plan, &s->live));
	assert_false(s->record.rdt_made);
	deleted(s);
	assert_true(there("c1"));
}

/* What the kernel says stands in a file. */
static void test_reason(void **state)
{
	struct scene *s = *state;

	no_room = "Out of CLOSIDs\n";
	refused(made(s, RDT("")), ENOSPC, "/linux/intelRdt", "resctrl says \"Out of CLOSIDs\"");
	ok(undone(s));
	assert_false(there("c1"));
	room_close(&s->room);
	no_room = NULL;
	made_before("gold");
	file(top, "info/last_cmd_status", "Duplicate domain 0\n");
	{
		char path[256];

		path_below_top("gold/schemata", path);
		syscall(SYS_unlinkat, AT_FDCWD, path, 0);
	}
	refused(made(s, RDT("'closID':'gold','schemata':['L3:0=1','L3:0=2']")), ENOENT,
		"/linux/intelRdt/schemata/0", "resctrl says \"Duplicate domain 0\"");
}

/* A create that fails takes its group away, unless others have come to it. */
static void test_failed_create(void **state)
{
	struct scene *s = *state;

	ok(made(s, RDT("'closID':'gold','memBwSchema':'MB:0=50','enableMonitoring':true")));
	ok(undone(s));
	assert_false(there("gold"));
	room_close(&s->room);
	ok(made(s, RDT("'closID':'gold','memBwSchema':'MB:0=50','enableMonitoring':true")));
	{
		char path[256];

		path_below_top("gold", path);
		file(path, "tasks", "77\n");
	}
	ok(undone(s));
	assert_true(there("gold"));
	assert_false(there("gold/mon_groups/c1"));
}

/* resctrl was unmounted meanwhile. */
static void test_unmounted(void **state)
{
	struct scene *s = *state;

	ok(made(s, RDT("'enableMonitoring':true")));
	s->record.rdt_group = arena_printf(&s->arena, "%s/gone/c1", top);
	s->record.rdt_monitor = arena_printf(&s->arena, "%s/gone/c1/mon_groups/c1", top);
	ok(undone(s));
}

/* What is removed is not believed blindly. */
static void test_record(void **state)
{
	static const char *const paths[] = { "c1", "", "/sys/fs/../c1", "/sys/.." };
	struct scene *s = *state;

	ok(made(s, RDT("'enableMonitoring':true")));
	for (size_t i = 0; i < 2 * countof(paths); i++) {
		struct record bad = s->record, r = { 0 };
		char *path = arena_strdup(&s->arena, paths[i / 2]);
		auto_err struct err *err = NULL;

		*(i % 2 ? &bad.rdt_group : &bad.rdt_monitor) = path;
		ok(record_save(&s->store, &bad));
		err = record_load(&s->arena, &s->store, &r);
		if (*path)	/* an empty string is not written */
			assert_int_equal(err_code(err), EINVAL);
	}
}

int main(void)
{
#define STEP(f) cmocka_unit_test_setup_teardown(f, scene_open, scene_close)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan_absent),
		cmocka_unit_test(test_plan_not_mounted),
		cmocka_unit_test(test_plan_group),
		cmocka_unit_test(test_plan_writes),
		cmocka_unit_test(test_plan_reserved),
		cmocka_unit_test(test_compare),
		STEP(test_absent),
		STEP(test_own_group),
		STEP(test_writes),
		STEP(test_shared_made),
		STEP(test_shared_agrees),
		STEP(test_shared_differs),
		STEP(test_shared_without_schema),
		STEP(test_root_group),
		STEP(test_monitor),
		STEP(test_monitor_taken),
		STEP(test_monitor_unknown),
		STEP(test_made_meanwhile),
		STEP(test_reason),
		STEP(test_failed_create),
		STEP(test_unmounted),
		STEP(test_record),
	};

	return cmocka_run_group_tests_name("rdt", tests, NULL, NULL);
}
