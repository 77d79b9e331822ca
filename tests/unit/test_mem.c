/* SPDX-License-Identifier: Apache-2.0 */
/* mem.h: the arena, lists that grow, scopes that clean up. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hull/mem.h"

static void test_arena(void **state)
{
	/* More than one chunk, and one larger than a chunk. */
	static const size_t sizes[] = { 0, 1, 7, 16, 1000, 16384, 16385, 100000, 3 };
	auto_arena struct arena a = { 0 };
	unsigned char *block[countof(sizes)];

	(void)state;
	for (size_t i = 0; i < countof(sizes); i++) {
		block[i] = arena_alloc(&a, 1, sizes[i]);
		assert_int_equal((uintptr_t)block[i] % alignof(max_align_t), 0);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(block[i][k], 0);
		memset(block[i], (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < countof(sizes); i++)
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(block[i][k], i + 1);
}

static void test_arena_free(void **state)
{
	struct arena a = { 0 };

	(void)state;
	arena_free(&a);			/* an unused one */
	assert_non_null(arena_new(&a, uint64_t));
	arena_free(&a);
	assert_null(a.chunk);
	assert_int_equal(*arena_new(&a, uint64_t), 0);
	arena_free(&a);
}

static void test_arena_strings(void **state)
{
	auto_arena struct arena a = { 0 };
	auto_free char *big = xmalloc(50000);

	(void)state;
	memset(big, 'x', 49999);
	big[49999] = 0;
	assert_string_equal(arena_strdup(&a, ""), "");
	assert_string_equal(arena_strndup(&a, "abc", 2), "ab");
	assert_string_equal(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
	assert_string_equal(arena_printf(&a, "%s", big), big);
	assert_string_equal(arena_strdup(&a, big), big);
}

static void test_list(void **state)
{
	auto_arena struct arena a = { 0 };
	LIST(struct { char *key; uint64_t number; }) list = { 0 };
	size_t n = 0;

	(void)state;
	for (uint64_t i = 0; i < 10000; i++) {
		__typeof__(list.v) item = list_add(&a, &list);

		assert_null(item->key);
		assert_int_equal(item->number, 0);
		item->key = (char *)"k";
		item->number = i;
		assert_int_equal(list.n, i + 1);
		assert_null(list.v[list.n].key);	/* behind the last */
	}
	for_each (item, &list)
		assert_int_equal(item->number, n++);
	assert_int_equal(n, 10000);
}

static void test_list_as_argv(void **state)
{
	auto_arena struct arena a = { 0 };
	LIST(char *) argv = { 0 };

	(void)state;
	for (int i = 0; i < 20; i++) {
		*list_add(&a, &argv) = arena_printf(&a, "%d", i);
		for (int k = 0; k <= i; k++)
			assert_int_equal(strtol(argv.v[k], NULL, 10), k);
		assert_null(argv.v[i + 1]);
	}
}

static void test_empty_list(void **state)
{
	LIST(char *) none = { 0 };

	(void)state;
	for_each (item, &none)
		fail_msg("an item in an empty list: %p", (void *)item);
}

static int number_of_closed(void)
{
	auto_fd int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void test_scope(void **state)
{
	auto_fd int none = -1;
	auto_fd int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	auto_free char *s = strdup("s"), *given = NULL;
	int taken = take_fd(&fd);

	(void)state;
	assert_int_equal(none, -1);
	assert_int_equal(fd, -1);
	assert_true(fcntl(taken, F_GETFD) >= 0);
	close(taken);
	assert_int_equal(fcntl(number_of_closed(), F_GETFD), -1);
	given = take_ptr(&s);
	assert_null(s);
	assert_string_equal(given, "s");
}

static void test_xmalloc(void **state)
{
	auto_free char *nothing = xmalloc(0);

	(void)state;
	assert_non_null(nothing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_arena_free),
		cmocka_unit_test(test_arena_strings),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_as_argv),
		cmocka_unit_test(test_empty_list),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_xmalloc),
	};

	return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
