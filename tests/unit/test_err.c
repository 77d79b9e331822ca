/* SPDX-License-Identifier: Apache-2.0 */
/* err.h: sentences, fields, the form in which an error crosses between processes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hull/mem.h"

static void test_nothing(void **state)
{
	(void)state;
	assert_null(err_add(NULL, "%s", "doing"));
	assert_null(err_set(NULL, ERR_PATH, "/x"));
	assert_int_equal(err_code(NULL), 0);
	assert_string_equal(err_text(NULL), "");
	assert_null(err_get(NULL, ERR_PATH));
	err_free(NULL);
}

static void test_sentence(void **state)
{
	auto_err struct err *err = err_new(EBUSY, "mounts[%d]", 3);

	(void)state;
	assert_string_equal(err_text(err), "mounts[3]");
	err = err_add(err, "start %s", "c1");
	err = err_add(err, "run");
	assert_string_equal(err_text(err), "run: start c1: mounts[3]");
	assert_int_equal(err_code(err), EBUSY);
}

/* Rows: errno, call, path and the sentence. */
static const struct {
	int code;
	const char *call, *path, *want;
} calls[] = {
	{ ENOENT, "open", "/x", "open /x: no such file or directory (ENOENT)" },
	{ EPERM, "fsopen", "proc", "fsopen proc: operation not permitted (EPERM)" },
	{ EACCES, "execve", "/bin/sh", "execve /bin/sh: permission denied (EACCES)" },
	{ ESRCH, "pidfd_send_signal", NULL, "pidfd_send_signal: no such process (ESRCH)" },
	{ ELOOP, "openat2", "a", "openat2 a: too many levels of symbolic links (ELOOP)" },
	{ EDOTDOT, "open", NULL, "open: RFS specific error (EDOTDOT)" },
	{ 4242, "x", "y", "x y: unknown error (E?)" },
};

static void test_sys(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(calls); i++) {
		struct err *err;

		errno = calls[i].code;
		err = err_sys(calls[i].call, calls[i].path);
		assert_string_equal(err_text(err), calls[i].want);
		assert_int_equal(err_code(err), calls[i].code);
		assert_string_equal(err_get(err, ERR_CALL), calls[i].call);
		if (calls[i].path)
			assert_string_equal(err_get(err, ERR_PATH), calls[i].path);
		else
			assert_null(err_get(err, ERR_PATH));
		err_free(err);
	}
}

static void test_first_fact_stays(void **state)
{
	auto_err struct err *err = err_new(EINVAL, "x");

	(void)state;
	err = err_set(err, ERR_STEP, "%s-%d", "mounts", 1);
	err = err_set(err, ERR_STEP, "%s", "create");
	err = err_set(err, ERR_CONTAINER, "c1");
	assert_string_equal(err_get(err, ERR_STEP), "mounts-1");
	assert_string_equal(err_get(err, ERR_CONTAINER), "c1");
	assert_null(err_get(err, ERR_HINT));
}

static struct err *full_error(void)
{
	struct err *err = err_new(EROFS, "a \xe2\x82\xac\nb");

	err = err_set(err, ERR_VERB, "create");
	err = err_set(err, ERR_POINTER, "/mounts/3");
	return err_set(err, ERR_HINT, "%s", "hint");
}

static void assert_same(const struct err *a, const struct err *b)
{
	assert_int_equal(err_code(a), err_code(b));
	assert_string_equal(err_text(a), err_text(b));
	for (int i = 0; i < ERR_FIELDS; i++) {
		const char *x = err_get(a, (enum err_field)i), *y = err_get(b, (enum err_field)i);

		assert_int_equal(!x, !y);
		if (x)
			assert_string_equal(x, y);
	}
}

static void test_pack(void **state)
{
	auto_err struct err *err = full_error();
	size_t size;
	auto_free char *bytes = err_pack(err, &size);
	auto_err struct err *back = err_unpack(bytes, size);

	(void)state;
	assert_same(err, back);
}

/* What arrives is a beginning of what was sent. */
static void test_cut_off(void **state)
{
	auto_err struct err *err = full_error();
	size_t size;
	auto_free char *bytes = err_pack(err, &size);

	(void)state;
	for (size_t cut = 0; cut <= size; cut++) {
		auto_free char *part = memcpy(xmalloc(cut), bytes, cut);
		auto_err struct err *back = err_unpack(part, cut);

		assert_non_null(back);
		assert_int_equal(strncmp(err_text(err), err_text(back), strlen(err_text(back))), 0);
		if (cut >= strlen("30") + 1)
			assert_int_equal(err_code(back), EROFS);
		if (err_get(back, ERR_VERB))
			assert_string_equal(err_text(back), err_text(err));
	}
}

static void test_unpack_noise(void **state)
{
	static const char noise[] = "seven\0\0\xff\xfe\0\0x";
	auto_err struct err *err = err_unpack(noise, sizeof(noise) - 1);

	(void)state;
	assert_string_equal(err_text(err), "");
	assert_string_equal(err_get(err, ERR_VERB), "\xff\xfe");
	assert_string_equal(err_get(err, ERR_STEP), "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_sentence),
		cmocka_unit_test(test_sys),
		cmocka_unit_test(test_first_fact_stays),
		cmocka_unit_test(test_pack),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_unpack_noise),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
