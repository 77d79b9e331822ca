/* SPDX-License-Identifier: Apache-2.0 */
/* Text that others gave us, as it is written to logs and read from requests. */
#include "fuzz.h"
#include "hull/cpu_list.h"
#include "hull/state.h"
#include "hull/str.h"

struct written {
	char *text;
};

static const struct field written_fields[] = { F(struct written, text, "text", 0), { 0 } };
static OBJECT(written, written_fields);

/* A quoted text is JSON, and what it says is the text, but for what is no UTF-8. */
static void quoted_must(struct arena *a, const char *text)
{
	auto_free char *quoted = json_quote(text), *clean = utf8_clean(text);
	char *json = arena_printf(a, "{\"text\":%s}", quoted);
	struct written w = { 0 };
	auto_err struct err *err = json_load(a, "log", json, strlen(json), &type_written, &w);

	must(!err);
	must(!strcmp(w.text ? w.text : "", clean));
	must(utf8_span(clean, strlen(clean)) == strlen(clean));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = { 0 };
	const char *text = fuzz_text(&a, data, size);
	uint64_t nanoseconds = 0;
	unsigned long *mask, bits = 0;

	quoted_must(&a, text);
	if (str_duration(text, &nanoseconds))
		must(nanoseconds);
	if (cpu_list_parse(&a, text, &mask, &bits))
		must(bits <= CPU_LIST_BITS && cpu_list_holds(text, text));
	err_free(id_check(text));
	return 0;
}
