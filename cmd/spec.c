/* SPDX-License-Identifier: Apache-2.0 */
/* hull spec: writes an example configuration. */
#include "cmd.h"

struct spec_opts {
	const char *bundle, *config;
	bool rootless;
};

/* clang-format off */
static const struct opt spec_opts[] = {
	OPT_STR(struct spec_opts, bundle, "b", "bundle", "DIR",
		"Where to; the working directory by default."),
	OPT_STR(struct spec_opts, config, "f", "config", "FILE",
		"The name of the file; config.json by default."),
	OPT_BOOL(struct spec_opts, rootless, NULL, "rootless",
		 "For a container of an ordinary user."),
	{ 0 }
};
/* clang-format on */

static struct err *spec(struct call *call)
{
	const struct spec_opts *o = call->opts;

	return hull_spec(o->bundle, o->config, o->rootless);
}

const struct command spec_command = {
	.name = "spec",
	.args = "",
	.help = "Write an example config.json.",
	.size = sizeof(struct spec_opts),
	.opts = { spec_opts, help_opts },
	.run = spec,
};
