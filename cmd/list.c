/* SPDX-License-Identifier: Apache-2.0 */
/* hull list: all containers below --root. */
#include "cmd.h"

struct list_opts {
	enum hull_list_form format;
	bool quiet;
};

static const struct word format_words[] = {
	{ "table", HULL_LIST_TABLE }, { "json", HULL_LIST_JSON }, { NULL, 0 },
};

/* clang-format off */
static const struct opt list_opts[] = {
	OPT_WORD(struct list_opts, format, enum hull_list_form, "f", "format", "table|json",
		 format_words, "The form of the output; table by default."),
	OPT_BOOL(struct list_opts, quiet, "q", "quiet", "Print the ids alone."),
	{ 0 }
};
/* clang-format on */

static struct err *list(struct call *call)
{
	const struct list_opts *o = call->opts;
	auto_free char *text = NULL;
	struct err *e = hull_list(call->hull, o->quiet ? HULL_LIST_IDS : o->format, &text);

	if (!e && *text)
		text_print(text);
	return e;
}

const struct command list_command = {
	.name = "list",
	.args = "",
	.help = "List the containers.",
	.size = sizeof(struct list_opts),
	.opts = { list_opts, help_opts },
	.run = list,
};
