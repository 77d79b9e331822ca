/* SPDX-License-Identifier: Apache-2.0 */
/* Options of a mount, with commas between them. */
#include "../../lib/plan/mount_options.h"
#include "fuzz.h"

enum { ATTRIBUTES = 64 };

static void attributes_must(uint64_t set, uint64_t clear, bool tree)
{
	size_t n = 0;

	while (mount_attr_word(&set, &clear, tree))
		must(++n < ATTRIBUTES);
	must(!set && !clear);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = { 0 };
	char *text = fuzz_text(&a, data, size), *word;
	static char destination[] = "/mnt", type[] = "tmpfs";
	struct oci_mount from = { .destination = destination, .type = type, .source = type };
	struct mount_words words = { 0 };

	while ((word = strsep(&text, ",")))
		*list_add(&a, &from.options) = word;
	mount_words_parse(&a, &from, &words);
	attributes_must(words.action.set, words.action.clear, false);
	attributes_must(words.action.tree_set, words.action.tree_clear, true);
	for_each (value, &words.action.propagation)
		must(mount_propagation_word(*value));
	return 0;
}
