/* SPDX-License-Identifier: Apache-2.0 */
/* json.h: what is refused and where, decoding and encoding by tables, places, size. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "hull/json.h"
#include "hull/str.h"

/* ---- what is JSON ---- */

#define U8(s)	(s), sizeof(s) - 1

/* Rows: a text and the sentence with its place; NULL if it is accepted. */
static const struct {
	const char *text;
	size_t size;
	const char *want;
} texts[] = {
	{ U8("{}"), NULL },
	{ U8(" [1, -0.5e+3, \"\", true, false, null, {\"a\": []}]\n"), NULL },
	{ U8("12"), NULL },
	{ U8("\"\\ud83d\\ude00 \\\\udc00 \\\"\""), NULL },
	{ U8("\"\xc2\x80\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\""), NULL },

	{ U8(""), "x:1:1: premature EOF" },
	{ U8(" \n "), "x:2:2: premature EOF" },
	{ U8("[1"), "x:1:3: premature EOF" },
	{ U8("{} x"), "x:1:4: trailing garbage" },
	{ U8("{}{}"), "x:1:3: trailing garbage" },
	{ U8("[1,]"), "x:1:4: unallowed token at this point in JSON text" },
	{ U8("{\"a\":1,\n\t}"), "x:2:2: invalid object key (must be a string)" },
	{ U8("{\"a\" 12}"), "x:1:6: object key and value must be separated by a colon (':')" },
	{ U8("[1 \"a\\\"b\"]"), "x:1:4: after array element, I expect ',' or ']'" },
	{ U8("[01]"), "x:1:2: after array element, I expect ',' or ']'" },
	{ U8("[nil]"), "x:1:3: invalid string in json text" },
	{ U8("tru"), "x:1:4: invalid string in json text" },
	{ U8("['a']"), "x:1:2: invalid char in json text" },
	{ U8("[\"a\nb\"]"), "x:1:4: invalid character inside string" },
	{ U8("[\"\\x\"]"),
	  "x:1:4: inside a string, '\\' occurs before a character which it may not" },
	{ U8("[\"\\u12g4\"]"),
	  "x:1:7: invalid (non-hex) character occurs after '\\u' inside string" },
	{ U8("[] // one"), "x:1:4: trailing garbage" },
	{ U8("/* one */ []"), "x:1:1: probable comment found in input text, "
			      "comments are not enabled" },
	{ U8("\xef\xbb\xbf[]"), "x:1:1: invalid char in json text" },
	{ U8("[12'"), "x:1:4: invalid char in json text" },
	{ U8("[\0]"), "x:1:2: invalid char in json text" },
	{ U8("[\"a\0b\"]"), "x:1:4: invalid character inside string" },

	{ U8("[\"\xe2\x82\xac\", \"\xff\"]"), "x:1:8: invalid UTF-8" },
	{ U8("\"\xc0\x80\""), "x:1:2: invalid UTF-8" },		/* overlong */
	{ U8("\"\xe0\x9f\xbf\""), "x:1:2: invalid UTF-8" },
	{ U8("\"\xf0\x8f\xbf\xbf\""), "x:1:2: invalid UTF-8" },
	{ U8("\"\xed\xa0\x80\""), "x:1:2: invalid UTF-8" },	/* a surrogate */
	{ U8("\"\xf4\x90\x80\x80\""), "x:1:2: invalid UTF-8" },	/* above U+10FFFF */
	{ U8("\"\xe2\x82"), "x:1:2: invalid UTF-8" },
	{ U8("\"\xe2\x82x\""), "x:1:2: invalid UTF-8" },
	{ U8("\"\x80\""), "x:1:2: invalid UTF-8" },

	{ U8("[\"\\ud800\"]"), "x:1:3: half of a surrogate pair" },
	{ U8("[\"\\udc00\"]"), "x:1:3: half of a surrogate pair" },
	{ U8("[\"\\uD83D\\u0041\"]"), "x:1:3: half of a surrogate pair" },
	{ U8("[\"\\ud83d\\ud83d\\ude00\"]"), "x:1:3: half of a surrogate pair" },
	{ U8("{\"\\\\\\ud800\": 1}"), "x:1:5: half of a surrogate pair" },
	{ U8("[\"a\", \"b\\u0000c\"]"), "x:1:7: U+0000 in a string" },
	{ U8("{\n \"b\\u0000c\": 1}"), "x:2:2: U+0000 in a name" },

	{ U8("{\"a\": 1, \"b\": {\"a\": 2}, \"c\": [{\"a\": 3}, {\"a\": 4}]}"), NULL },
	{ U8("{\"a\": {\"b\": 1,\n \"x\": 0, \"b\": 2}}"), "x:2:15: /a/b: duplicate name" },
	{ U8("{\"a\": 1, \"\\u0061\": 2}"), "x:1:20: /a: duplicate name" },
	{ U8("{\"\": 1, \"\": 2, \"\": 3}"),
	  "x:1:13: /: duplicate name; x:1:20: /: duplicate name" },
};

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(texts); i++) {
		auto_arena struct arena a = { 0 };
		struct json_doc doc;
		auto_err struct err *err = json_parse(&a, "x", texts[i].text, texts[i].size, &doc);

		if (!texts[i].want && err)
			fail_msg("%s: %s", texts[i].text, err_text(err));
		if (!texts[i].want)
			continue;
		assert_string_equal(err_text(err), texts[i].want);
		assert_int_equal(err_code(err), EINVAL);
	}
}

/* A text cut short is another error than the same text whole: nothing reads beyond the end. */
static void test_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(texts); i++) {
		for (size_t cut = 0; cut <= texts[i].size; cut++) {
			auto_arena struct arena a = { 0 };
			auto_free char *text = memcpy(xmalloc(cut), texts[i].text, cut);
			findings found = { 0 };
			struct json_doc doc;
			bool ok = json_scan(&a, "x", text, cut, &doc, &found);

			assert_int_equal(ok, !found.n);
		}
	}
}

static void test_depth(void **state)
{
	char text[2 * (JSON_DEPTH_MAX + 1)];

	(void)state;
	for (size_t depth = 1; depth <= JSON_DEPTH_MAX + 1; depth++) {
		auto_arena struct arena a = { 0 };
		struct json_doc doc;
		struct err *err;

		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		err = json_parse(&a, "x", text, 2 * depth, &doc);
		if (depth <= JSON_DEPTH_MAX)
			assert_null(err);
		else
			assert_string_equal(err_text(err), "x:1:65: nested too deeply");
		err_free(err);
	}
}

/* ---- decode ---- */

struct inner { char *name; int32_t *number; };
struct entry { char *key; uint16_t *number; };

struct thing {
	LIST(struct inner) list;
	char *hostname;
	bool on, *maybe;
	int32_t i32;
	uint16_t u16;
	uint32_t *u32;
	int64_t i64;
	uint64_t u64;
	LIST(char *) words;
	LIST(uint32_t) numbers;
	LIST(struct json_pair) pairs;
	LIST(struct entry) map;
	struct inner *inner;
};

#define S struct inner
static const struct field inner_fields[] = {
	F(S, name,   "name",   REQUIRED),
	F(S, number, "number", 0),
	{ 0 }
};
static OBJECT(inner, inner_fields);
#undef S

#define S struct entry
static const struct field entry_fields[] = {
	F(S, number, "number", 0),
	{ 0 }
};
static OBJECT(entry, entry_fields);
#undef S

#define S struct thing
static const struct field thing_fields[] = {
	F_LIST(S, list,    "list",     inner, 0),
	F(S, hostname,     "hostname", 0),
	F(S, on,           "on",       0),
	F(S, maybe,        "maybe",    0),
	F(S, i32,          "i32",      0),
	F(S, u16,          "u16",      0),
	F(S, u32,          "u32",      0),
	F(S, i64,          "i64",      0),
	F(S, u64,          "u64",      0),
	F_STRS(S, words,   "words",    0),
	F_NUMS(S, numbers, "numbers",  0),
	F_MAP(S, pairs,    "pairs",    json_pair, 0),
	F_MAP(S, map,      "map",      entry, 0),
	F_OBJ(S, inner,    "inner",    inner, 0),
	F_OBJ(S, inner,    "inside",   inner, ALIAS),
	{ 0 }
};
static OBJECT(thing, thing_fields);
#undef S

/* Objects within the struct itself, numbers that are no integers, maps of them, null. */
struct ratio { double share; int32_t of; };
struct report {
	struct ratio plain, kept;
	LIST(struct json_count) counts;
	char *nobody;
};

#define S struct ratio
static const struct field ratio_fields[] = {
	F(S, share, "share", 0),
	F(S, of,    "of",    0),
	{ 0 }
};
static OBJECT(ratio, ratio_fields);
#undef S

#define S struct report
static const struct field report_fields[] = {
	F_IN(S, plain,   "plain",  ratio, 0),
	F_IN(S, kept,    "kept",   ratio, REQUIRED),
	F_MAP(S, counts, "counts", json_count, 0),
	F(S, nobody,     "nobody", OR_NULL),
	{ 0 }
};
static OBJECT(report, report_fields);
#undef S

/* Rows: a document and what is found, one a line; "" for nothing. */
static const struct {
	const char *json, *want;
} documents[] = {
	{ "{}", "" },
	{ "[]", "1:1 : expected an object\n" },
	{ "null", "1:1 : expected an object\n" },
	{ "7", "1:1 : expected an object\n" },
	{ "{\"hostname\": null, \"words\": null, \"inner\": null, \"u32\": null}", "" },
	{ "{\"x\": {\"y\": [1.5]}, \"u\": 1}", "" },

	{ "{\"i32\": 2147483647, \"i64\": -9223372036854775808, \"u16\": 65535,"
	  " \"u32\": 4294967295, \"u64\": 18446744073709551615}", "" },
	{ "{\"i32\": 2147483648}", "1:9 /i32: out of range for int32\n" },
	{ "{\"i32\": -2147483649}", "1:9 /i32: out of range for int32\n" },
	{ "{\"u16\": 65536}", "1:9 /u16: out of range for uint16\n" },
	{ "{\"u32\": 4294967296}", "1:9 /u32: out of range for uint32\n" },
	{ "{\"u32\": -1}", "1:9 /u32: out of range for uint32\n" },
	{ "{\"i64\": 9223372036854775808}", "1:9 /i64: out of range for int64\n" },
	{ "{\"i64\": -9223372036854775809}", "1:9 /i64: out of range for int64\n" },
	{ "{\"u64\": 18446744073709551616}", "1:9 /u64: out of range for uint64\n" },
	{ "{\"u64\": -1}", "1:9 /u64: out of range for uint64\n" },
	{ "{\"u64\": 1.0}", "1:9 /u64: expected uint64\n" },
	{ "{\"u64\": 1e3}", "1:9 /u64: expected uint64\n" },
	{ "{\"u64\": 1E3}", "1:9 /u64: expected uint64\n" },
	{ "{\"u32\": \"7\"}", "1:9 /u32: expected uint32\n" },
	{ "{\"numbers\": [1, true,\n -2]}",
	  "1:17 /numbers/1: expected uint32\n2:2 /numbers/2: out of range for uint32\n" },

	{ "{\"hostname\": 7, \"on\": 1, \"maybe\": \"true\", \"words\": {}}",
	  "1:14 /hostname: expected string\n1:23 /on: expected a boolean\n"
	  "1:35 /maybe: expected a boolean\n1:52 /words: expected a list\n" },
	{ "{\"words\": [\"a\", null, [], {}]}",
	  "1:17 /words/1: expected string\n1:23 /words/2: expected string\n"
	  "1:27 /words/3: expected string\n" },
	{ "{\"list\": [{\"name\": \"a\"}, {}, 3, {\"name\": false, \"number\": \"\"}]}",
	  "1:26 /list/1/name: missing\n1:30 /list/2: expected an object\n"
	  "1:42 /list/3/name: expected string\n1:59 /list/3/number: expected int32\n" },
	{ "{\"pairs\": {\"a/b\": 1, \"~\": null, \"c\": \"d\"}, \"map\": []}",
	  "1:19 /pairs/a~1b: expected string\n1:51 /map: expected an object\n" },
	{ "{\"map\": {\"m~1\": {\"number\": -1}, \"n\": null}}",
	  "1:28 /map/m~01/number: out of range for uint16\n" },
	{ "{\"inside\": {}}", "1:12 /inside/name: missing\n" },

	{ "{\"hostName\": 1, \"ON\": 1}",
	  "1:14 /hostName: warning: unknown name \"hostName\"; did you mean \"hostname\"?\n"
	  "1:23 /ON: warning: unknown name \"ON\"; did you mean \"on\"?\n" },
	{ "{\"inner\": {\"name\": \"\", \"numbr\": 1}}",
	  "1:33 /inner/numbr: warning: unknown name \"numbr\"; did you mean \"number\"?\n" },
	{ "{\"pairs\": {\"hostName\": \"\"}, \"i33\": 1, \"hst\": 1}", "" },
};

static char *found_text(const findings *found)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for_each (x, found)
		fprintf(f, "%u:%u %s: %s%s\n", x->line, x->column, x->pointer,
			x->warning ? "warning: " : "", x->text);
	fclose(f);
	return text;
}

static void test_decode(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(documents); i++) {
		const char *json = documents[i].json;
		auto_arena struct arena a = { 0 };
		struct thing thing = { 0 };
		findings found = { 0 };
		struct json_doc doc;
		auto_free char *text = NULL;

		assert_true(json_scan(&a, "x", json, strlen(json), &doc, &found));
		json_decode(&a, &doc, &type_thing, &thing, &found);
		text = found_text(&found);
		assert_string_equal(text, documents[i].want);
	}
}

static void load(struct arena *a, const char *json, struct thing *thing)
{
	struct err *err = json_load(a, "x", json, strlen(json), &type_thing, thing);

	if (err)
		fail_msg("%s", err_text(err));
}

static void test_values(void **state)
{
	auto_arena struct arena a = { 0 };
	struct thing t = { 0 };

	(void)state;
	load(&a, "{\"hostname\": \"\\u00e9\\n\\ud83d\\ude00\\/\", \"on\": true, \"maybe\": false,"
		 "\"i32\": -7, \"u16\": 65535, \"u32\": 0, \"i64\": -9223372036854775808,"
		 "\"u64\": 18446744073709551615, \"words\": [\"a\", \"\"], \"numbers\": [],"
		 "\"pairs\": {\"b\": \"1\", \"a\": \"\", \"no\": null},"
		 "\"map\": {\"m\": {\"number\": 3}, \"n\": {}},"
		 "\"inside\": {\"name\": \"in\"}}", &t);
	assert_string_equal(t.hostname, "\xc3\xa9\n\xf0\x9f\x98\x80/");
	assert_true(t.on);
	assert_false(*t.maybe);
	assert_int_equal(t.i32, -7);
	assert_int_equal(t.u16, 65535);
	assert_int_equal(*t.u32, 0);
	assert_true(t.i64 == INT64_MIN);
	assert_true(t.u64 == UINT64_MAX);
	assert_int_equal(t.words.n, 2);
	assert_string_equal(t.words.v[0], "a");
	assert_string_equal(t.words.v[1], "");
	assert_null(t.words.v[2]);
	assert_int_equal(t.numbers.n, 0);
	assert_non_null(t.numbers.v);
	assert_null(t.list.v);
	assert_int_equal(t.pairs.n, 2);
	assert_string_equal(t.pairs.v[0].key, "b");
	assert_string_equal(t.pairs.v[1].value, "");
	assert_int_equal(t.map.n, 2);
	assert_string_equal(t.map.v[0].key, "m");
	assert_int_equal(*t.map.v[0].number, 3);
	assert_null(t.map.v[1].number);
	assert_string_equal(t.inner->name, "in");
}

/* ---- encode ---- */

static void test_encode(void **state)
{
	static const char indented[] =
		"{\n"
		"  \"list\": [\n"
		"    {\n"
		"      \"name\": \"\",\n"
		"      \"number\": -2147483648\n"
		"    }\n"
		"  ],\n"
		"  \"maybe\": false,\n"
		"  \"u32\": 0,\n"
		"  \"u64\": 18446744073709551615,\n"
		"  \"words\": [],\n"
		"  \"numbers\": [\n"
		"    7\n"
		"  ],\n"
		"  \"pairs\": {},\n"
		"  \"map\": {\n"
		"    \"k\": {}\n"
		"  }\n"
		"}";
	auto_arena struct arena a = { 0 };
	struct thing t = { 0 };
	auto_free char *wide = NULL, *compact = NULL, *empty = NULL;

	(void)state;
	load(&a, indented, &t);
	wide = json_encode(&type_thing, &t, JSON_INDENT);
	assert_string_equal(wide, indented);
	compact = json_encode(&type_thing, &t, JSON_COMPACT);
	assert_string_equal(compact, "{\"list\":[{\"name\":\"\",\"number\":-2147483648}],"
				     "\"maybe\":false,\"u32\":0,\"u64\":18446744073709551615,"
				     "\"words\":[],\"numbers\":[7],\"pairs\":{},"
				     "\"map\":{\"k\":{}}}");
	empty = json_encode(&type_thing, &(struct thing){ 0 }, JSON_INDENT);
	assert_string_equal(empty, "{}");
}

static void test_required_is_written(void **state)
{
	auto_free char *text = json_encode(&type_inner, &(struct inner){ 0 }, JSON_COMPACT);

	(void)state;
	assert_string_equal(text, "{\"name\":\"\"}");
}

/* What the tables do not know stays, where the object around it is still the same. */
static void test_encode_over(void **state)
{
	static const char text[] = "{\"list\":[{\"name\":\"a\",\"x\":[1,{\"y\":null}]},"
				   "{\"name\":\"b\",\"z\":\"\\u0007\"}],\"new\":-1.5e3,"
				   "\"map\":{\"gone\":null,\"k\":{\"deep\":true}},"
				   "\"inner\":{\"name\":\"in\",\"lost\":1}}";
	auto_arena struct arena a = { 0 };
	struct thing t = { 0 };
	struct json_doc doc;
	findings found = { 0 };
	auto_free char *out = NULL;

	(void)state;
	assert_null(json_parse(&a, "x", text, strlen(text), &doc));
	json_decode(&a, &doc, &type_thing, &t, &found);
	t.list.v[0].number = arena_new(&a, int32_t);
	*t.list.v[0].number = 7;
	t.inner = &(struct inner){ .name = (char[]){ "other" } };
	out = json_encode_over(&doc, &type_thing, &t, JSON_COMPACT);
	assert_string_equal(out, "{\"list\":[{\"name\":\"a\",\"number\":7,\"x\":[1,{\"y\":null}]},"
				 "{\"name\":\"b\",\"z\":\"\\u0007\"}],"
				 "\"map\":{\"k\":{\"deep\":true}},\"inner\":{\"name\":\"other\"},"
				 "\"new\":-1.5e3}");
}

/* Rows: what is written for the struct that was made from it. */
static const struct {
	const char *json, *want;
} reports[] = {
	{ "{\"kept\": {}}", "{\"kept\":{},\"nobody\":null}" },
	{ "{\"kept\": {\"share\": 0.10}, \"plain\": {\"share\": 0, \"of\": 0}}",
	  "{\"kept\":{\"share\":0.1},\"nobody\":null}" },
	{ "{\"kept\": {}, \"plain\": {\"share\": -12.5e1, \"of\": 3}, \"nobody\": \"\"}",
	  "{\"plain\":{\"share\":-125,\"of\":3},\"kept\":{},\"nobody\":\"\"}" },
	{ "{\"kept\": {\"share\": 0.1234567890123456789}, \"counts\": {}}",
	  "{\"kept\":{\"share\":0.12345678901234568},\"counts\":{},\"nobody\":null}" },
	{ "{\"kept\": {\"share\": 1e22}, \"counts\": {\"b\": 0, \"a\": 18446744073709551615}}",
	  "{\"kept\":{\"share\":1e+22},\"counts\":{\"b\":0,\"a\":18446744073709551615},"
	  "\"nobody\":null}" },
	{ "{}", "x:1:1: /kept: missing" },
	{ "{\"kept\": {\"share\": \"1\"}}", "x:1:20: /kept/share: expected a number" },
	{ "{\"kept\": 1}", "x:1:10: /kept: expected an object" },
	{ "{\"kept\": {}, \"counts\": {\"a\": -1}}",
	  "x:1:30: /counts/a: out of range for uint64" },
};

static void test_reports(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(reports); i++) {
		const char *json = reports[i].json;
		auto_arena struct arena a = { 0 };
		struct report report = { 0 };
		auto_free char *text = NULL;
		auto_err struct err *err =
			json_load(&a, "x", json, strlen(json), &type_report, &report);

		text = err ? NULL : json_encode(&type_report, &report, JSON_COMPACT);
		assert_string_equal(err ? err_text(err) : text, reports[i].want);
	}
}

static const struct {
	const char *raw, *quoted;
} quotes[] = {
	{ "", "\"\"" },
	{ "a\"b\\c/d", "\"a\\\"b\\\\c/d\"" },
	{ "\n\t\x01\x7f", "\"\\n\\t\\u0001\x7f\"" },
	{ "\xe2\x82\xac", "\"\xe2\x82\xac\"" },
	{ "a\xff" "b\xe2\x82", "\"a\xef\xbf\xbd" "b\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
};

static void test_quote(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(quotes); i++) {
		auto_arena struct arena a = { 0 };
		auto_free char *text = json_quote(quotes[i].raw);
		struct json_doc doc;

		assert_string_equal(text, quotes[i].quoted);
		assert_null(json_parse(&a, "x", text, strlen(text), &doc));
	}
}

/* ---- where a value stands ---- */

static const char places[] =
	"{\n"
	"  \"list\": [ {\"number\": 1, \"name\": \"n\"}, {\"name\": \"m\"} ],\n"
	"  \"hostname\": \"\xe2\x82\xac \\\"x\\\\\", \"words\": [ \"\xe2\x82\xac\", \"v\" ],\n"
	"  \"pairs\": {\"a/b\": \"c\"}, \"map\": {\"~m\": {}},\n"
	"  \"inner\": {\"name\": \"\", \"number\": -5}, \"u64\": 3\n"
	"}\n";

static void check_place(const struct json_doc *doc, const void *value, const char *member,
			const char *pointer, const char *want)
{
	auto_err struct err *err = err_at(err_new(ENOENT, "e"), doc, value, member);

	assert_string_equal(err_get(err, ERR_WHERE), want);
	if (*pointer)
		assert_string_equal(err_get(err, ERR_POINTER), pointer);
	else
		assert_null(err_get(err, ERR_POINTER));
	assert_string_equal(err_text(err), "e");
}

static void test_places(void **state)
{
	auto_arena struct arena a = { 0 };
	struct thing t = { 0 };
	findings found = { 0 };
	struct json_doc doc;

	(void)state;
	assert_true(json_scan(&a, "c", places, strlen(places), &doc, &found));
	json_decode(&a, &doc, &type_thing, &t, &found);
	assert_int_equal(found.n, 0);
	check_place(&doc, NULL, NULL, "", "c:1:1");
	check_place(&doc, NULL, "absent", "/absent", "c:1:1");
	check_place(&doc, &t, NULL, "", "c:1:1");	/* also the address of its first member */
	check_place(&doc, &t, "list", "/list", "c:2:11");
	check_place(&doc, &t, "hostname", "/hostname", "c:3:15");
	check_place(&doc, &t.hostname, NULL, "/hostname", "c:3:15");
	check_place(&doc, &t.words, NULL, "/words", "c:3:35");
	check_place(&doc, &t.words.v[1], NULL, "/words/1", "c:3:42");
	check_place(&doc, &t.list.v[0], NULL, "/list/0", "c:2:13");
	check_place(&doc, &t.list.v[0], "name", "/list/0/name", "c:2:35");
	check_place(&doc, &t.list.v[1], "number", "/list/1/number", "c:2:41");
	check_place(&doc, &t.list.v[1], "n/a", "/list/1/n~1a", "c:2:41");
	check_place(&doc, &t.pairs, "a/b", "/pairs/a~1b", "c:4:20");
	check_place(&doc, &t.map, "none", "/map/none", "c:4:33");
	check_place(&doc, &t.u64, NULL, "/u64", "c:5:47");
	check_place(&doc, "elsewhere", NULL, "", "c:1:1");
	assert_true(json_has(&doc, t.inner, "number"));
	assert_false(json_has(&doc, &t.list.v[1], "number"));
	assert_null(err_at(NULL, &doc, &t, NULL));
}

static void test_pointed_to(void **state)
{
	auto_arena struct arena a = { 0 };
	struct thing t = { 0 };
	findings found = { 0 };
	struct json_doc doc;

	(void)state;
	assert_true(json_scan(&a, "c.json", places, strlen(places), &doc, &found));
	json_decode(&a, &doc, &type_thing, &t, &found);
	finding_add(&a, &found, &doc, t.inner->number, NULL, false, "is %d", *t.inner->number);
	finding_add(&a, &found, &doc, &t.pairs.v[0], NULL, true, "pair");
	finding_add(&a, &found, &doc, &t.map.v[0], "number", true, "none");
	assert_string_equal(found.v[0].pointer, "/inner/number");
	assert_string_equal(found.v[0].text, "is -5");
	assert_string_equal(found.v[1].pointer, "/pairs/a~1b");
	assert_string_equal(found.v[2].pointer, "/map/~0m/number");
}

static void test_no_document(void **state)
{
	auto_arena struct arena a = { 0 };
	const struct json_doc none = { .name = "made" };
	findings found = { 0 };
	auto_err struct err *err = NULL;

	(void)state;
	finding_add(&a, &found, &none, &a, "x", false, "wrong");
	err = findings_error(&found, "made");
	assert_string_equal(err_text(err), "made: /x: wrong");
	assert_string_equal(err_get(err, ERR_WHERE), "made");
}

static void test_findings_error(void **state)
{
	static const char json[] = "{\"hostName\": 1, \"words\": [1, 2]}";
	auto_arena struct arena a = { 0 };
	struct thing t = { 0 };
	findings found = { 0 };
	struct json_doc doc;
	auto_err struct err *err = NULL;

	(void)state;
	assert_true(json_scan(&a, "c", json, strlen(json), &doc, &found));
	json_decode(&a, &doc, &type_thing, &t, &found);
	err = findings_error(&found, "c");
	assert_int_equal(err_code(err), EINVAL);
	assert_string_equal(err_text(err), "c:1:27: /words/0: expected string; "
					   "c:1:30: /words/1: expected string");
	assert_string_equal(err_get(err, ERR_POINTER), "/words/0");
	assert_string_equal(err_get(err, ERR_WHERE), "c:1:27");
	found.n = 1;			/* the warning */
	assert_null(findings_error(&found, "c"));
}

/* ---- size ---- */

/* @before, @n times @left, a number and @right, with commas between, @after. */
static char *repeat(const char *before, const char *left, const char *right, unsigned n,
		    const char *after, size_t *size)
{
	char *text;
	FILE *f = open_memstream(&text, size);

	fputs(before, f);
	for (unsigned i = 0; i < n; i++)
		fprintf(f, "%s%s%u%s", i ? "," : "", left, i, right);
	fputs(after, f);
	fclose(f);
	return text;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Quadratic time would take hours; the bound leaves room for sanitizers. */
static void load_quickly(const char *text, size_t size, const char *want)
{
	auto_arena struct arena a = { 0 };
	struct thing t = { 0 };
	double start = seconds();
	auto_err struct err *err = json_load(&a, "x", text, size, &type_thing, &t);
	double took = seconds() - start;

	assert_int_equal(!err, !want);
	if (want)
		assert_non_null(strstr(err_text(err), want));
	if (took > 30)
		fail_msg("%zu bytes took %.1f s", size, took);
}

static void test_many_names(void **state)
{
	size_t size;
	auto_free char *unknown = repeat("{", "\"hostname", "\":1", 1000000, "}", &size);

	(void)state;
	load_quickly(unknown, size, NULL);
	free(take_ptr(&unknown));
	unknown = repeat("{\"pairs\":{", "\"", "\":\"\"", 1000000, ",\"77\":\"\"}}", &size);
	load_quickly(unknown, size, "/pairs/77: duplicate name");
}

static void test_many_mistakes(void **state)
{
	size_t size;
	auto_free char *text = repeat("{\"words\":[", "", "", 1000000, "]}", &size);

	(void)state;
	load_quickly(text, size, "; and 180 more");
	free(take_ptr(&text));
	/* Warnings never crowd out the error. */
	text = repeat("{\"list\":[", "{\"name\":\"\",\"nam", "\":1,\"NAME\":1}", 100000, ",1]}",
		      &size);
	load_quickly(text, size, "/list/100000: expected an object");
}

static void test_long_string(void **state)
{
	size_t n = 64 << 20;
	auto_free char *text = xmalloc(n + 32);
	char *end = mempcpy(text, "{\"hostname\":\"", 13);

	(void)state;
	memset(end, 'a', n);
	for (size_t i = 0; i + 1 < n; i += 1000)
		memcpy(end + i, "\\n", 2);
	memcpy(end + n, "\"}", 2);
	load_quickly(text, 13 + n + 2, NULL);
	end[n] = 'x';			/* never closed */
	load_quickly(text, 13 + n, "premature EOF");
}

/* ---- str.h ---- */

static void test_misspelt(void **state)
{
	static const struct {
		const char *word, *known;
		bool want;
	} rows[] = {
		{ "hostName", "hostname", true },	{ "HOST", "host", true },
		{ "hostnam", "hostname", true },	{ "hostnames", "hostname", true },
		{ "hostmame", "hostname", true },	{ "hotsname", "hostname", true },
		{ "ostname", "hostname", true },	{ "hosstname", "hostname", true },
		{ "hostn", "hostname", false },		{ "hots", "host", false },
		{ "", "hostname", false },		{ "x", "", false },
		{ "thosname", "hostname", false },	{ "hostemane", "hostname", false },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		if (str_misspelt(rows[i].word, rows[i].known) != rows[i].want)
			fail_msg("%s for %s", rows[i].word, rows[i].known);
}

/* Rows: a duration and its nanoseconds; 0: it is none. */
static void test_duration(void **state)
{
	static const struct {
		const char *text;
		uint64_t want;
	} rows[] = {
		{ "1ns", 1 },			{ "7us", 7000 },
		{ "7\xc2\xb5s", 7000 },		{ "7\xce\xbcs", 7000 },
		{ "500ms", 500000000 },		{ "5s", 5000000000 },
		{ "+5s", 5000000000 },		{ "1m30s", 90000000000 },
		{ "1h0.5m", 3630000000000 },	{ ".5s", 500000000 },
		{ "5.s", 5000000000 },		{ "1.0000000019s", 1000000001 },
		{ "0.100000000000000000000h", 360000000000 },
		{ "30s1m", 90000000000 },	{ "2562047h47m16.854775807s", INT64_MAX },

		{ "", 0 },	{ "5", 0 },	{ "s", 0 },	{ ".s", 0 },	{ "+", 0 },
		{ "-5s", 0 },	{ "5 s", 0 },	{ " 5s", 0 },	{ "5s ", 0 },	{ "5S", 0 },
		{ "1x", 0 },	{ "1e3s", 0 },	{ "0x1s", 0 },	{ "1m30", 0 },	{ "1..5s", 0 },
		{ "1mss", 0 },	{ "0", 0 },	{ "0s", 0 },	{ "0.1ns", 0 },	{ "1d", 0 },
		{ "2562047h47m16.854775808s", 0 },	{ "9223372036854775808ns", 0 },
		{ "99999999999999999999h", 0 },		{ "9223372036854775807ns1ns", 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		uint64_t ns = 0;

		if (str_duration(rows[i].text, &ns) != (rows[i].want > 0) ||
		    ns != rows[i].want)
			fail_msg("%s: %ju", rows[i].text, (uintmax_t)ns);
	}
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t most;
		bool is;
		uint64_t want;
	} rows[] = {
		{ "0", 0, true, 0 },
		{ "007", 7, true, 7 },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, false },
		{ "8", 7, false },
		{ "", 7, false },
		{ " 1", 7, false },
		{ "+1", 7, false },
		{ "-1", UINT64_MAX, false },
		{ "1 ", 7, false },
		{ "0x1", 7, false },
	};
	uint64_t n;
	char *end;

	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		if (str_number(rows[i].text, rows[i].most, &n) != rows[i].is ||
		    (rows[i].is && n != rows[i].want))
			fail_msg("%s: %ju", rows[i].text, (uintmax_t)n);
	assert_true(str_digits("12:3", &end, &n));
	assert_int_equal(n, 12);
	assert_string_equal(end, ":3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_encode_over),
		cmocka_unit_test(test_required_is_written),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_pointed_to),
		cmocka_unit_test(test_no_document),
		cmocka_unit_test(test_findings_error),
		cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_many_mistakes),
		cmocka_unit_test(test_long_string),
		cmocka_unit_test(test_misspelt),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
