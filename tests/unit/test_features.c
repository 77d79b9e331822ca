/* SPDX-License-Identifier: Apache-2.0 */
/* The features document: features.md, features-linux.md. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hull/hull.h"
#include "hull/plan.h"

struct doc {
	struct arena arena;
	char *json;
	struct oci_features f;
};

static int doc_open(void **state)
{
	static struct doc d;
	struct err *err = hull_features(&d.json);

	assert_null(err);
	err = json_load(&d.arena, "features", d.json, strlen(d.json), &type_oci_features, &d.f);
	if (err)
		fail_msg("%s", err_text(err));
	*state = &d;
	return 0;
}

static int doc_close(void **state)
{
	struct doc *d = *state;

	free(d->json);
	arena_free(&d->arena);
	return 0;
}

static bool has(char *const *v, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i], word))
			return true;
	return false;
}

#define HAS(list, word)	has((list).v, (list).n, word)

/* Each word once, as many as expected (0: some). */
static void words_check(char *const *v, size_t n, size_t expected)
{
	assert_true(expected ? n == expected : n > 0);
	for (size_t i = 0; i < n; i++)
		assert_false(has(v, i, v[i]));
}

#define WORDS(list, n_)	words_check((list).v, (list).n, n_)

static void versions(void **state)
{
	const struct doc *d = *state;
	const char *libseccomp = NULL, *hull = NULL;

	assert_string_equal(d->f.version_min, "1.0.0");
	assert_string_equal(d->f.version_max, "1.3.0");
	assert_string_equal(hull_spec_version(), "1.3.0");
	for_each (pair, &d->f.annotations) {
		if (!strcmp(pair->key, "io.github.seccomp.libseccomp.version"))
			libseccomp = pair->value;
		if (!strcmp(pair->key, "run.hull.version"))
			hull = pair->value;
	}
	assert_string_equal(libseccomp, hull_seccomp_version());
	assert_int_equal(libseccomp[0], '2');
	assert_string_equal(hull, HULL_VERSION);
	WORDS(d->f.potentially_unsafe_annotations, 5);
	assert_true(HAS(d->f.potentially_unsafe_annotations, "run.oci.keep_original_groups"));
}

static void lists(void **state)
{
	const struct oci_features *f = &((struct doc *)*state)->f;
	const struct oci_features_linux *l = f->linux;

	WORDS(f->hooks, 6);
	assert_true(HAS(f->hooks, "createContainer"));
	WORDS(f->mount_options, 0);
	assert_true(HAS(f->mount_options, "rnosuid"));
	assert_true(HAS(f->mount_options, "tmpcopyup"));
	assert_false(HAS(f->mount_options, "mode"));
	WORDS(l->namespaces, 8);
	WORDS(l->capabilities, 0);
	WORDS(l->seccomp->actions, 9);
	WORDS(l->seccomp->operators, 7);
	WORDS(l->seccomp->archs, 23);
	WORDS(l->seccomp->known_flags, 4);
	WORDS(l->seccomp->supported_flags, 4);
	WORDS(l->memory_policy->modes, 7);
	WORDS(l->memory_policy->flags, 3);
	/* schema/defs-linux.json: ^CAP_[A-Z_]+$ */
	for_each (name, &l->capabilities) {
		assert_memory_equal(*name, "CAP_", 4);
		for (const char *c = *name; *c; c++)
			assert_true(isupper((unsigned char)*c) || *c == '_');
	}
}

static void switches(void **state)
{
	const struct oci_features_linux *l = ((struct doc *)*state)->f.linux;

	assert_false(l->cgroup->v1);
	assert_true(l->cgroup->v2);
	assert_true(l->seccomp->enabled);
	assert_true(l->apparmor->enabled);
	assert_true(l->selinux->enabled);
	assert_true(l->mount_extensions->idmap->enabled);
}

/* A false is a statement, an absent member none: features.md, "Absent and null". */
static void false_is_written(void **state)
{
	const struct doc *d = *state;

	assert_non_null(strstr(d->json, "\n            \"v1\": false,\n"));
	assert_non_null(strstr(d->json, "\n            \"rdma\": "));
	assert_non_null(strstr(d->json, "\n            \"monitoring\": "));
	assert_non_null(strstr(d->json, "\"netDevices\": {\n            \"enabled\": "));
}

static void form(void **state)
{
	const struct doc *d = *state;
	auto_free char *again = NULL;

	assert_null(hull_features(&again));
	assert_string_equal(again, d->json);
	assert_memory_equal(d->json, "{\n    \"ociVersionMin\": ", 23);
	for (const char *line = d->json; line; line = strchr(line, '\n'))
		assert_int_equal(strspn(++line, " ") % 4, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions),
		cmocka_unit_test(lists),
		cmocka_unit_test(switches),
		cmocka_unit_test(false_is_written),
		cmocka_unit_test(form),
	};

	return cmocka_run_group_tests(tests, doc_open, doc_close);
}
