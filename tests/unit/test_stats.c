/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats.h: the files of a cgroup, and of a group of resctrl, as the document
 * that `events` prints. tests/data/stats/cgroup has directories as the kernel
 * makes them, and beside each what must come of it. STATS=update writes that.
 *
 *	linux-6.12	a container with limits in a guest with all controllers
 *	hybrid		this machine's kind: the controllers are bound to cgroup v1
 *	odd		what kernels did and might do: no numbers, too large ones, missing
 *			lines, the lines of io.stat as Linux 5.15 ran them together
 *	bare		no controllers, and a kernel without pressures
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "hull/stats.h"

#include "check.h"

#define DATA "tests/data/stats/"

static struct dir dir_at(const char *path)
{
	struct dir d = { .path = path };

	ok(path_open(path, O_RDONLY | O_DIRECTORY, &d.fd));
	return d;
}

static void compare(const char *path, const char *have)
{
	const char *update = getenv("STATS");
	auto_free char *want = NULL;
	size_t len;

	if (update && !strcmp(update, "update"))
		ok(path_replace(path, have, strlen(have), 0644));
	ok(path_read(path, &want, &len));
	if (strcmp(want, have) != 0)
		fail_msg("%s is not what there was to be: %s", path, have);
}

static void cgroup_compare(const char *name)
{
	auto_arena struct arena a = { 0 };
	char *path = arena_printf(&a, DATA "cgroup/%s", name);
	struct dir d = dir_at(path);
	struct stats stats = { 0 };
	struct stats_event event = { (char *)"stats", (char *)name, &stats };
	auto_free char *text = NULL;

	ok(stats_cgroup(&a, &d, &stats));
	close(d.fd);
	text = json_encode(&type_stats_event, &event, JSON_INDENT);
	compare(arena_printf(&a, "%s.json", path), arena_printf(&a, "%s\n", text));
}

static void test_linux(void **state)
{
	(void)state;
	cgroup_compare("linux-6.12");
}

static void test_hybrid(void **state)
{
	(void)state;
	cgroup_compare("hybrid");
}

static void test_odd(void **state)
{
	(void)state;
	cgroup_compare("odd");
}

static void test_bare(void **state)
{
	(void)state;
	cgroup_compare("bare");
}

/* What is written can be read again by the same tables. */
static void test_round_trip(void **state)
{
	auto_arena struct arena a = { 0 };
	struct stats_event event = { 0 };
	auto_free char *text = NULL, *again = NULL;
	size_t size;

	(void)state;
	ok(path_read(DATA "cgroup/odd.json", &text, &size));
	ok(json_load(&a, "odd.json", text, size, &type_stats_event, &event));
	assert_int_equal(event.data->blkio.bytes.n, 5);
	assert_true(event.data->memory.usage.limit == UINT64_MAX);
	assert_true(event.data->cpu.psi->some.avg10 > 99.98);
	again = json_encode(&type_stats_event, &event, JSON_INDENT);
	assert_string_equal(arena_printf(&a, "%s\n", again), text);
}

static void test_oom_line(void **state)
{
	const struct stats_event event = { (char *)"oom", (char *)"c1", NULL };
	auto_free char *text = json_encode(&type_stats_event, &event, JSON_COMPACT);

	(void)state;
	assert_string_equal(text, "{\"type\":\"oom\",\"id\":\"c1\"}");
}

/* A cgroup that is removed loses its files, and is then no cgroup with zeros. */
static void test_removed(void **state)
{
	auto_arena struct arena a = { 0 };
	struct stats stats = { 0 };
	struct dir d = dir_at(DATA);
	auto_err struct err *err = stats_cgroup(&a, &d, &stats);

	(void)state;
	close(d.fd);
	assert_int_equal(err_code(err), ESRCH);
}

/* A file that is there and cannot be read is not taken for one that is not. */
static void test_unreadable(void **state)
{
	char path[] = "/tmp/stats-XXXXXX";
	auto_arena struct arena a = { 0 };
	struct stats stats = { 0 };
	auto_err struct err *err = NULL;
	struct dir d;

	(void)state;
	assert_non_null(mkdtemp(path));
	d = dir_at(path);
	assert_int_equal(mkdirat(d.fd, "memory.max", 0700), 0);
	err = stats_cgroup(&a, &d, &stats);
	assert_int_equal(unlinkat(d.fd, "memory.max", AT_REMOVEDIR), 0);
	close(d.fd);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(err_code(err), EISDIR);
	assert_non_null(strstr(err_text(err), "memory.max"));
}

static void test_value(void **state)
{
	static const struct {
		const char *text;
		uint64_t want;
	} rows[] = {
		{ "oom 1\noom_kill 2\noom_group_kill 3\n", 2 }, { "oom_kill 7", 7 },
		{ "oom_kill max\n", UINT64_MAX },
		{ "", 0 }, { "oom_kill", 0 }, { "oom_kill\n5", 0 }, { "xoom_kill 5\n", 0 },
		{ "oom_kill -1\n", 0 }, { "oom_kill x\n", 0 }, { "\n\noom_kill 3\n", 3 },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		if (stats_value(rows[i].text, "oom_kill") != rows[i].want)
			fail_msg("%s", rows[i].text);
}

/* ---- resctrl ---- */

static void rdt_compare(const char *group, const char *monitor, const char *want)
{
	auto_arena struct arena a = { 0 };
	struct dir root = dir_at(DATA "resctrl"), g = dir_at(group), m = dir_at(monitor);
	struct stats stats = { 0 };
	auto_free char *text = NULL;

	ok(stats_rdt(&a, &root, &g, &m, &stats.rdt));
	close(root.fd);
	close(g.fd);
	close(m.fd);
	text = json_encode(&type_stats, &stats, JSON_INDENT);
	compare(want, arena_printf(&a, "%s\n", text));
}

static void test_rdt_group(void **state)
{
	(void)state;
	rdt_compare(DATA "resctrl/c1", DATA "resctrl/c1", DATA "resctrl-group.json");
}

static void test_rdt_monitor(void **state)
{
	(void)state;
	rdt_compare(DATA "resctrl/c1", DATA "resctrl/c1/mon_groups/c1",
		    DATA "resctrl-monitor.json");
}

/* A processor that neither divides nor counts. */
static void test_rdt_nothing(void **state)
{
	auto_arena struct arena a = { 0 };
	struct dir d = dir_at(DATA "cgroup/bare");
	struct stats_rdt rdt = { 0 };

	(void)state;
	ok(stats_rdt(&a, &d, &d, &d, &rdt));
	close(d.fd);
	assert_null(rdt.l3_info);
	assert_null(rdt.mb_info);
	assert_null(rdt.schemata.v);
	assert_null(rdt.mbm.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linux),
		cmocka_unit_test(test_hybrid),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_oom_line),
		cmocka_unit_test(test_removed),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_rdt_group),
		cmocka_unit_test(test_rdt_monitor),
		cmocka_unit_test(test_rdt_nothing),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
