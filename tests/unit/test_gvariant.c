/* SPDX-License-Identifier: Apache-2.0 */
/* Values of annotations: GVariant text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/plan/gvariant.h"

static void test_numbers(void **state)
{
	static const struct { const char *text; bool negative; uint64_t number; } cases[] = {
		{ "0", false, 0 }, { "15", false, 15 }, { " 15 ", false, 15 }, { "-5", true, 5 },
		{ "+5", false, 5 }, { "0x10", false, 16 }, { "010", false, 8 },
		{ "18446744073709551615", false, UINT64_MAX },
		{ "uint64 10000000", false, 10000000 }, { "uint64  7", false, 7 },
		{ "uint64 18446744073709551615", false, UINT64_MAX }, { "@t 5", false, 5 },
		{ "byte 255", false, 255 }, { "int16 -32768", true, 32768 }, { "@u 5", false, 5 },
		{ "int32 2147483647", false, INT32_MAX }, { "int64 -1", true, 1 },
		{ "uint32 -0", true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		auto_arena struct arena a = { 0 };
		struct gvariant v;

		assert_null(gvariant_parse(&a, cases[i].text, &v));
		assert_int_equal(v.kind, GVARIANT_INTEGER);
		assert_int_equal(v.negative, cases[i].negative);
		assert_true(v.item.number == cases[i].number);
	}
}

static void test_reals(void **state)
{
	static const struct { const char *text; double real; } cases[] = {
		{ "1.5", 1.5 }, { "-2.5e3", -2500 }, { "1e3", 1000 }, { "double 3", 3 },
		{ "@d 0.25", 0.25 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		auto_arena struct arena a = { 0 };
		struct gvariant v;

		assert_null(gvariant_parse(&a, cases[i].text, &v));
		assert_int_equal(v.kind, GVARIANT_REAL);
		assert_true(v.real == cases[i].real);
	}
}

static void test_strings(void **state)
{
	static const struct { const char *text, *meaning; } cases[] = {
		{ "'abc'", "abc" }, { "\"abc\"", "abc" }, { "''", "" }, { "'a\"b'", "a\"b" },
		{ "@s 'abc'", "abc" }, { "'a\\'b\\\\c\\n\\t'", "a'b\\c\n\t" },
		{ "'true'", "true" }, { "'\xc3\xa4'", "\xc3\xa4" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		auto_arena struct arena a = { 0 };
		struct gvariant v;

		assert_null(gvariant_parse(&a, cases[i].text, &v));
		assert_int_equal(v.kind, GVARIANT_STRING);
		assert_string_equal(v.item.text, cases[i].meaning);
	}
}

static void test_lists(void **state)
{
	static const struct { const char *text; size_t n; const char *words[3]; } cases[] = {
		{ "['crio.service']", 1, { "crio.service" } },
		{ "[ 'a' , \"b\",'c' ]", 3, { "a", "b", "c" } },
		{ "@as []", 0, { NULL } }, { "[]", 0, { NULL } }, { "@as ['x']", 1, { "x" } },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		auto_arena struct arena a = { 0 };
		struct gvariant v;

		assert_null(gvariant_parse(&a, cases[i].text, &v));
		assert_int_equal(v.kind, GVARIANT_STRINGS);
		assert_int_equal(v.items.n, cases[i].n);
		for (size_t j = 0; j < v.items.n; j++)
			assert_string_equal(v.items.v[j].text, cases[i].words[j]);
	}
}

static void test_bools(void **state)
{
	auto_arena struct arena a = { 0 };
	struct gvariant v;

	(void)state;
	assert_null(gvariant_parse(&a, "true", &v));
	assert_int_equal(v.kind, GVARIANT_BOOL);
	assert_int_equal(v.item.number, 1);
	assert_null(gvariant_parse(&a, " false ", &v));
	assert_int_equal(v.kind, GVARIANT_BOOL);
	assert_int_equal(v.item.number, 0);
}

static void test_refusals(void **state)
{
	static const struct { const char *text, *wrong; } cases[] = {
		{ "", "no value" }, { "inactive", "needs quotes" }, { "truely", "no value" },
		{ "15 16", "behind the value" }, { "'a' b", "behind the value" },
		{ "-", "no number" }, { "--5", "no number" }, { "uint64 x", "no number" },
		{ "uint64", "no number" }, { "uint64 1.5", "behind the value" },
		{ "99999999999999999999", "too large" }, { "byte 256", "what byte holds" },
		{ "byte -1", "what byte holds" }, { "int16 -32769", "what int16 holds" },
		{ "uint32 4294967296", "what uint32 holds" }, { "@t -5", "what uint64 holds" },
		{ "'abc", "without an end" }, { "'abc\\'", "without an end" },
		{ "'a\\", "unknown escape" }, { "'\\q'", "unknown escape" },
		{ "'\\u0041'", "unknown escape" }, { "['a'", "without an end" },
		{ "['a' 'b']", "without an end" }, { "['a',]", "no string" }, { "[1]", "no string" },
		{ "@as 5", "no list" }, { "double x", "no number" }, { "(1, 2)", "no value" },
		{ "{'a': 1}", "no value" }, { "1e999", "no number" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		auto_arena struct arena a = { 0 };
		struct gvariant v;
		const char *wrong = gvariant_parse(&a, cases[i].text, &v);

		if (!wrong || !strstr(wrong, cases[i].wrong))
			fail_msg("%s: %s", cases[i].text, wrong ? wrong : "taken");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_reals),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_bools),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests_name("gvariant", tests, NULL, NULL);
}
