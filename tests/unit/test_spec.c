/* SPDX-License-Identifier: Apache-2.0 */
/* spec.h: the tables against the list of properties, real configurations, and broken ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hull/dir.h"
#include "hull/spec.h"

#define CONFIG	"tests/data/config/"

/* As engines wrote them. */
static const char *const engines[] = {
	"containerd-default.json", "containerd-systemd-limits.json",
	"docker-default.json", "docker-privileged.json",
	"podman-default.json", "podman-detached.json", "podman-limits-userns.json",
	"podman-rootless-keepid.json", "podman-rootless-limits.json",
};

static char *read_file(const char *path, size_t *size)
{
	char *text = NULL;
	struct err *err = path_read(path, &text, size);

	if (err)
		fail_msg("%s", err_text(err));
	return text;
}

static void no_findings(const findings *found)
{
	for_each (f, found)
		fail_msg("%u:%u: %s: %s", f->line, f->column, f->pointer, f->text);
}

/* ---- every property ---- */

/* Calls @each for every property of @t: "a", "a[].b" in a list, "a.*.b" in a map. */
static void properties(const struct type *t, const char *path,
		       void (*each)(const char *property, void *data), void *data)
{
	for (const struct field *f = t->fields; f->key; f++) {
		const char *within = f->shape == JSON_LIST ? "[]" :
				     f->shape == JSON_MAP ? ".*" : "";
		auto_free char *property = NULL, *inside = NULL;

		if (f->flags & ALIAS)
			continue;
		assert_true(asprintf(&property, "%s%s%s", path, *path ? "." : "", f->key) > 0);
		each(property, data);
		if (f->type->kind != JSON_OBJECT)
			continue;
		assert_true(asprintf(&inside, "%s%s", property, within) > 0);
		properties(f->type, inside, each, data);
	}
}

struct listed {
	const char *text;		/* of tests/data/properties */
	const char *word;		/* "decoded" or "written" */
	unsigned n;
};

/* The word behind @property in the list; NULL if it is not there. */
static const char *fate(const char *text, const char *property)
{
	size_t len = strlen(property);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, property, len) && line[len] == ' ')
			return line + len + strspn(line + len, " ");
	}
	return NULL;
}

static void is_listed(const char *property, void *data)
{
	struct listed *l = data;
	const char *word = fate(l->text, property);

	if (!word || strncmp(word, l->word, strlen(l->word)))
		fail_msg("tests/data/properties does not say \"%s\" of %s", l->word, property);
	l->n++;
}

static unsigned lines_with(const char *text, const char *word)
{
	unsigned n = 0;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		size_t name;

		line += *line == '\n';
		name = strcspn(line, " \n");
		if (*line == '#' || line[name] != ' ')
			continue;
		n += !strncmp(line + name + strspn(line + name, " "), word, strlen(word));
	}
	return n;
}

static void test_properties(void **state)
{
	size_t size;
	auto_free char *text = read_file("tests/data/properties", &size);
	struct listed decoded = { text, "decoded", 0 }, written = { text, "written", 0 };

	(void)state;
	properties(&type_oci_spec, "", is_listed, &decoded);
	properties(&type_oci_state, "state", is_listed, &written);
	properties(&type_oci_process_state, "processState", is_listed, &written);
	/* Each is listed; if there are as many lines, each line is one of them. */
	assert_int_equal(lines_with(text, "decoded"), decoded.n);
	assert_int_equal(lines_with(text, "written"), written.n);
	print_message("%u properties decoded, %u written, %u ignored\n", decoded.n, written.n,
		      lines_with(text, "ignored: "));
}

/* Every member of @object is set, and of the first item of every list in it. */
static void all_set(const struct type *t, const char *object)
{
	static const char zero[sizeof(uint64_t)];

	for (const struct field *f = t->fields; f->key; f++) {
		const char *member = object + f->offset;
		bool plain = f->shape == JSON_PLAIN;

		if (!memcmp(member, zero, plain ? f->type->size : sizeof(void *)))
			fail_msg("%s is not set", f->key);
		if (!plain && f->type->kind == JSON_OBJECT)
			all_set(f->type, *(const char *const *)member);
	}
}

static void test_every_property(void **state)
{
	auto_arena struct arena a = { 0 };
	struct oci_spec spec = { 0 };
	findings found = { 0 };
	struct json_doc doc;
	size_t size;
	auto_free char *text = read_file(CONFIG "every-property.json", &size), *again = NULL;

	(void)state;
	assert_true(json_scan(&a, "x", text, size, &doc, &found));
	json_decode(&a, &doc, &type_oci_spec, &spec, &found);
	no_findings(&found);
	all_set(&type_oci_spec, (char *)&spec);
	again = json_encode(&type_oci_spec, &spec, JSON_INDENT);
	assert_int_equal(strlen(again) + 1, size);	/* and a newline */
	assert_memory_equal(again, text, size - 1);
}

static void test_other_spelling(void **state)
{
	static const char json[] = "{\"ociVersion\":\"1.3.0\",\"vm\":{\"kernel\":{\"path\":\"/k\"},"
				   "\"hwconfig\":{\"vcpus\":2}}}";
	auto_arena struct arena a = { 0 };
	struct oci_spec spec = { 0 };
	auto_free char *text = NULL;

	(void)state;
	assert_null(json_load(&a, "x", json, strlen(json), &type_oci_spec, &spec));
	text = json_encode(&type_oci_spec, &spec, JSON_COMPACT);
	assert_string_equal(text, "{\"ociVersion\":\"1.3.0\",\"vm\":{\"kernel\":{\"path\":\"/k\"},"
				  "\"hwConfig\":{\"vcpus\":2}}}");
}

/* ---- real ones ---- */

static void test_engines(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(engines); i++) {
		auto_arena struct arena a = { 0 };
		findings found = { 0 };
		struct config config;
		auto_free char *path = NULL;

		assert_true(asprintf(&path, CONFIG "%s", engines[i]) > 0);
		assert_null(spec_load(&a, path, &config, &found));
		no_findings(&found);
		assert_string_equal(config.doc.name, engines[i]);
		assert_non_null(config.spec.process->args.v[0]);
	}
}

static void test_exec_process(void **state)
{
	auto_arena struct arena a = { 0 };
	struct oci_process process = { 0 };
	findings found = { 0 };
	struct json_doc doc;
	size_t size;
	auto_free char *text = read_file(CONFIG "podman-exec-process.json", &size);

	(void)state;
	assert_true(json_scan(&a, "x", text, size, &doc, &found));
	json_decode(&a, &doc, &type_oci_process, &process, &found);
	spec_validate_part(&a, &doc, &type_oci_process, &process, &found);
	no_findings(&found);
	assert_string_equal(process.cwd, "/");
}

static void test_part_is_checked(void **state)
{
	static const char json[] = "{\"cwd\": \"tmp\", \"args\": []}";
	auto_arena struct arena a = { 0 };
	struct oci_process process = { 0 };
	findings found = { 0 };
	struct json_doc doc;
	auto_err struct err *err = NULL;

	(void)state;
	assert_true(json_scan(&a, "process.json", json, strlen(json), &doc, &found));
	json_decode(&a, &doc, &type_oci_process, &process, &found);
	spec_validate_part(&a, &doc, &type_oci_process, &process, &found);
	err = findings_error(&found, doc.name);
	assert_string_equal(err_text(err),
			    "process.json:1:24: /args: must have at least one entry; "
			    "process.json:1:9: /cwd: must be an absolute path, is \"tmp\"");
}

static void test_load_errors(void **state)
{
	auto_arena struct arena a = { 0 };
	findings found = { 0 };
	struct config config;
	auto_err struct err *missing = spec_load(&a, "/nonexistent/config.json", &config, &found);
	auto_err struct err *not_json = spec_load(&a, "tests/data/properties", &config, &found);

	(void)state;
	assert_int_equal(err_code(missing), ENOENT);
	assert_non_null(strstr(err_text(missing), "no such file or directory"));
	assert_string_equal(err_text(not_json), "properties:1:1: invalid char in json text");
	assert_int_equal(found.n, 1);
	assert_int_equal(found.v[0].line, 1);
}

/* ---- what hull writes ---- */

static void test_example(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		bool rootless = i & 1, cgroup = i & 2;
		auto_arena struct arena a = { 0 };
		struct oci_spec spec;
		struct config config;
		findings found = { 0 };
		auto_free char *text = NULL, *again = NULL;

		spec_example(&a, rootless, cgroup, 1000, 100, &spec);
		text = json_encode(&type_oci_spec, &spec, JSON_INDENT);
		assert_null(spec_read(&a, "x", text, strlen(text), &config, &found));
		no_findings(&found);
		again = json_encode(&type_oci_spec, &config.spec, JSON_INDENT);
		assert_string_equal(text, again);
		assert_int_equal(config.spec.mounts.n, cgroup ? 7 : 6);
		assert_int_equal(config.spec.linux->namespaces.n, cgroup ? 6 : 5);
		assert_int_equal(config.spec.linux->uid_mappings.n, rootless);
		assert_int_equal(!config.spec.linux->resources, rootless);
		assert_int_equal(!!strstr(text, "gid="), !rootless);
		assert_int_equal(!!strstr(text, "\"rbind\""), rootless);
	}
}

static void test_state(void **state)
{
	struct json_pair pair = { (char *)"k", (char *)"v" };
	char *fd = (char *)"seccompFd";
	int32_t pid = 4422;
	struct oci_state s = {
		.version = (char *)OCI_VERSION, .id = (char *)"c1", .status = (char *)"created",
		.pid = &pid, .bundle = (char *)"/b", .annotations = { &pair, 1 },
	};
	struct oci_process_state p = {
		.version = (char *)OCI_VERSION, .fds = { &fd, 1 }, .pid = pid, .state = &s,
	};
	auto_free char *text = json_encode(&type_oci_process_state, &p, JSON_COMPACT);

	(void)state;
	assert_string_equal(text,
			    "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":4422,"
			    "\"state\":{\"ociVersion\":\"1.3.0\",\"id\":\"c1\","
			    "\"status\":\"created\",\"pid\":4422,"
			    "\"bundle\":\"/b\",\"annotations\":{\"k\":\"v\"}}}");
}

/* ---- broken ones: any answer will do, but there must be one ---- */

/* Reads exactly @size bytes, so that a sanitizer sees what goes beyond. */
static void try(const char *text, size_t size)
{
	auto_arena struct arena a = { 0 };
	auto_free char *exact = memcpy(xmalloc(size), text, size);
	findings found = { 0 };
	struct config config;
	auto_err struct err *err = spec_read(&a, "x", exact, size, &config, &found);
	auto_free char *again = json_encode(&type_oci_spec, &config.spec, JSON_COMPACT);

	for_each (f, &found) {
		assert_non_null(f->pointer);
		assert_non_null(f->text);
	}
	if (err)
		assert_non_null(err_get(err, ERR_WHERE));
	assert_int_equal(*again, '{');
}

static void test_cut_short(void **state)
{
	size_t size;
	auto_free char *text = read_file(CONFIG "containerd-default.json", &size);

	(void)state;
	for (size_t cut = 0; cut < size; cut++)
		try(text, cut);
}

static void test_flipped(void **state)
{
	static const char flips[] = { 0x01, 0x10, 0x20, (char)0x80 };
	size_t size;
	auto_free char *text = read_file(CONFIG "containerd-default.json", &size);

	(void)state;
	for (size_t i = 0; i < size; i++) {
		for (size_t k = 0; k < countof(flips); k++) {
			text[i] ^= flips[k];
			try(text, size);
			text[i] ^= flips[k];
		}
	}
}

/* Behind the string, list, object or word that begins at @s. */
static const char *value_end(const char *s)
{
	int depth = 0;

	do {
		if (*s == '"') {
			while (*++s != '"')
				s += *s == '\\';
			s++;
		} else if (*s == '[' || *s == '{') {
			depth++;
			s++;
		} else if (*s == ']' || *s == '}') {
			depth--;
			s++;
		} else {
			s += depth ? 1 : strcspn(s, ",]} \n");
		}
	} while (depth);
	return s;
}

/* Each name and value of the complete document in turn becomes something else. */
static void test_other_kinds(void **state)
{
	static const char *const kinds[] = {
		"null", "true", "0", "-1", "18446744073709551615", "1.5", "\"\"", "\"/x\"",
		"\"a\\nb\"", "[]", "[null]", "[\"\"]", "[[]]", "[{}]", "{}", "{\"\":null}",
		"{\"\":\"\"}", "{\"/\":{}}",
	};
	size_t size, n = 0;
	auto_free char *text = read_file(CONFIG "every-property.json", &size);

	(void)state;
	for (const char *s = text; *s; s = strchr(" \n:,[]{}", *s) ? s + 1 : value_end(s)) {
		if (strchr(" \n:,]}", *s))
			continue;
		for (size_t i = 0; i < countof(kinds); i++) {
			auto_free char *other = NULL;
			int len = asprintf(&other, "%.*s%s%s", (int)(s - text), text, kinds[i],
					   value_end(s));

			assert_true(len > 0);
			try(other, (size_t)len);
			n++;
		}
	}
	print_message("%zu documents\n", n);
	assert_true(n > 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_properties),
		cmocka_unit_test(test_every_property),
		cmocka_unit_test(test_other_spelling),
		cmocka_unit_test(test_engines),
		cmocka_unit_test(test_exec_process),
		cmocka_unit_test(test_part_is_checked),
		cmocka_unit_test(test_load_errors),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_other_kinds),
	};

	return cmocka_run_group_tests_name("spec", tests, NULL, NULL);
}
