/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

/*
 * Each file here is a fuzzer of its own: libFuzzer calls it with bytes, and the
 * sanitizers say what is wrong with memory. What must hold for all bytes is a
 * must(). Files of bytes that were once mishandled are in regressions/NAME.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hull/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: must: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* Of bytes that come from a file: a NUL behind them, as path_read() leaves it. */
static inline char *fuzz_text(struct arena *a, const uint8_t *data, size_t size)
{
	return arena_own(a, memcpy(memset(xmalloc(size + 1), 0, size + 1), data, size));
}

/* Every finding has a place, and says something. */
static inline void findings_must(const findings *found)
{
	for_each (f, found)
		must(f->pointer && f->text && *f->text);
}

/* JSON as hull prints it is JSON. */
static inline void json_must(const char *text)
{
	auto_arena struct arena a = { 0 };
	struct json_doc doc;
	auto_err struct err *err = json_parse(&a, "printed", text, strlen(text), &doc);

	if (err)
		fprintf(stderr, "%s\n%s\n", err_text(err), text);
	must(!err);
}

/* The example configuration; what is asked of a container is asked of this one. */
static inline void fuzz_example(struct arena *a, struct config *config)
{
	struct oci_spec spec = { 0 };
	findings found = { 0 };
	struct err *err;
	char *text;

	spec_example(a, false, true, 0, 0, &spec);
	text = arena_own(a, json_encode(&type_oci_spec, &spec, JSON_COMPACT));
	err = spec_read(a, "config.json", text, strlen(text), config, &found);
	must(!err);
}

#endif
