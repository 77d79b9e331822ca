/* SPDX-License-Identifier: Apache-2.0 */
/* The whole planner: all findings at once, the same plan every time, and its two sheets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hull/plan.h"

static const char minimal[] =
	"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},"
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}";

static const char with_process[] =
	"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},"
	"\"process\":{\"args\":[\"sh\",\"-c\",\"a # b\"],\"cwd\":\"/\",\"user\":{\"uid\":1,\"gid\":2},"
	"\"env\":[\"PATH=/bin\",\"TOKEN=swordfish\"]},"
	"\"mounts\":[{\"destination\":\"/a\\\"\\n\",\"type\":\"tmpfs\",\"options\":[\"x=\\\"1,2\\\"\"]}],"
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}";

static const char wrong[] =
	"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},"
	"\"mounts\":[{\"destination\":\"/a\"},{\"destination\":\"/proc\",\"type\":\"tmpfs\"}],"
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"}],\"cgroupsPath\":\"a//b\","
	"\"resources\":{\"pids\":{\"limit\":-9}}}}";

struct result {
	struct arena arena;
	struct config config;
	findings found;
	struct plan plan;
	struct err *err;
};

static void make(struct result *r, const char *json)
{
	static const struct request request = { .id = "c1", .bundle = "/b", .preserve_fds = 4 };
	static const struct host host = { .init_userns = true, .cgroup_root = "/sys/fs/cgroup",
					  .last_cap = 40 };

	*r = (struct result){ 0 };
	r->err = spec_read(&r->arena, "config.json", json, strlen(json), &r->config, &r->found);
	if (!r->err)
		r->err = plan_make(&r->arena, &r->config, &request, &host, &r->found, &r->plan);
}

static void done(struct result *r)
{
	err_free(r->err);
	arena_free(&r->arena);
}

static void test_minimal(void **state)
{
	struct result r;

	(void)state;
	make(&r, minimal);
	assert_string_equal(err_text(r.err), "");
	assert_string_equal(r.plan.rootfs.path, "/b/r");
	assert_int_equal(r.plan.cloexec_from, 7);
	assert_true(r.plan.new_keyring);
	assert_null(r.plan.exec.argv);
	assert_int_equal(r.plan.rootfs.devices.n, 6);
	done(&r);
}

static void test_all_findings_at_once(void **state)
{
	static const char *const places[] = {
		"/mounts/0/type", "/mounts/1/destination", "/linux/resources/pids/limit",
		"/linux/cgroupsPath",
	};
	struct result r;

	(void)state;
	make(&r, wrong);
	assert_int_equal(r.found.n, countof(places));
	for (size_t i = 0; i < countof(places); i++) {
		assert_string_equal(r.found.v[i].pointer, places[i]);
		assert_non_null(strstr(err_text(r.err), places[i]));
	}
	assert_string_equal(err_get(r.err, ERR_POINTER), places[0]);
	done(&r);
}

static void test_same_plan_every_time(void **state)
{
	struct result r[2];
	auto_free char *first = NULL;
	auto_free char *second = NULL;

	(void)state;
	make(&r[0], with_process);
	make(&r[1], with_process);
	first = plan_print(&r[0].plan);
	second = plan_print(&r[1].plan);
	assert_string_equal(first, second);
	done(&r[0]);
	done(&r[1]);
}

static void test_sheet(void **state)
{
	struct result r;
	auto_free char *text = NULL;

	(void)state;
	make(&r, with_process);
	text = plan_print(&r.plan);
	assert_non_null(strstr(text, "\nexec args=sh,-c,\"a # b\" cwd=/ "));
	assert_non_null(strstr(text, "env=PATH,TOKEN"));
	assert_null(strstr(text, "swordfish"));
	assert_non_null(strstr(text, "target=\"/a\\\"\\n\" data=\"x=1,2\"\t# config.json:1:"));
	assert_non_null(strstr(text, " /mounts/0\n"));
	done(&r);
}

static void test_json_sheet(void **state)
{
	struct result r;
	auto_arena struct arena a = { 0 };
	auto_free char *text = NULL;
	struct json_doc doc;

	(void)state;
	make(&r, with_process);
	text = plan_print_json(&r.plan);
	assert_string_equal(err_text(json_parse(&a, "plan", text, strlen(text), &doc)), "");
	assert_non_null(strstr(text, "\"args\":[\"sh\",\"-c\",\"a # b\"]"));
	assert_non_null(strstr(text, "\"pointer\":\"/mounts/0\",\"where\":\"config.json:1:"));
	assert_null(strstr(text, "swordfish"));
	done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_minimal),
		cmocka_unit_test(test_all_findings_at_once),
		cmocka_unit_test(test_same_plan_every_time),
		cmocka_unit_test(test_sheet),
		cmocka_unit_test(test_json_sheet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
