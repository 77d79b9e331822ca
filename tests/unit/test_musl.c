/* SPDX-License-Identifier: Apache-2.0 */
/* What hull brings along for musl, under other names, against the C library of the tests. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define memcpy ours_memcpy
#define memmove ours_memmove
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
#include "../../lib/musl/copy.c"
#undef memcpy
#undef memmove

#define malloc ours_malloc
#define free ours_free
#define calloc ours_calloc
#define realloc ours_realloc
void *malloc(size_t n);
void free(void *p);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t n);
#include "../../lib/musl/malloc.c"
#undef malloc
#undef free
#undef calloc
#undef realloc

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIZE = 400 };

static void fill(unsigned char *p)
{
	for (int i = 0; i < SIZE; i++)
		p[i] = (unsigned char)(i * 7 + 1);
}

static void test_copies(void **unused)
{
	unsigned char from[SIZE], to[SIZE], expected[SIZE];

	(void)unused;
	fill(from);
	for (size_t n = 0; n <= 300; n++)
		for (size_t shift = 0; shift < 18; shift++) {
			memset(to, 0, SIZE);
			memset(expected, 0, SIZE);
			memcpy(expected + shift, from + 17 - shift, n);
			assert_ptr_equal(ours_memcpy(to + shift, from + 17 - shift, n), to + shift);
			assert_memory_equal(to, expected, SIZE);
		}
}

static void test_moves_that_overlap(void **unused)
{
	unsigned char own[SIZE], expected[SIZE];

	(void)unused;
	for (size_t n = 0; n <= 200; n++)
		for (size_t at = 0; at < 80; at++) {
			fill(own);
			fill(expected);
			memmove(expected + at, expected + 40, n);
			assert_ptr_equal(ours_memmove(own + at, own + 40, n), own + at);
			assert_memory_equal(own, expected, SIZE);
		}
}

/* Every block keeps what was written to it, whatever happens to the others. */
static void test_blocks(void **unused)
{
	enum { BLOCKS = 500, ROUNDS = 50000 };
	static unsigned char *block[BLOCKS];
	static size_t size[BLOCKS];
	unsigned seed = 1;

	(void)unused;
	for (int round = 0; round < ROUNDS; round++) {
		size_t i = (size_t)rand_r(&seed) % BLOCKS, old = size[i];
		unsigned bits = (unsigned)rand_r(&seed) % 19;
		unsigned char *p;

		size[i] = (size_t)rand_r(&seed) % ((size_t)1 << bits) + 1;
		p = ours_realloc(block[i], size[i]);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t k = 0; k < old && k < size[i]; k += 97)
			assert_int_equal(p[k], i % 251);
		memset(p, (int)(i % 251), size[i]);
		block[i] = p;
		if (round % 3)
			continue;
		ours_free(p);
		block[i] = NULL;
		size[i] = 0;
	}
	for (int i = 0; i < BLOCKS; i++)
		ours_free(block[i]);
}

static void test_blocks_at_the_edges(void **unused)
{
	unsigned char *p = ours_malloc(1000);

	(void)unused;
	memset(p, 0xff, 1000);
	ours_free(p);
	p = ours_calloc(10, 100);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
	ours_free(p);
	ours_free(NULL);
	p = ours_malloc(0);
	assert_non_null(p);
	ours_free(p);
	errno = 0;
	assert_null(ours_malloc(SIZE_MAX));
	assert_int_equal(errno, ENOMEM);
	assert_null(ours_malloc(SIZE_MAX - 8));
	assert_null(ours_calloc(SIZE_MAX / 2, 3));
	assert_null(ours_realloc(NULL, SIZE_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_moves_that_overlap),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_blocks_at_the_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
