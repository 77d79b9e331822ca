/* SPDX-License-Identifier: Apache-2.0 */
/* hull features: what this build can do, as a document of the specification. */
#include "cmd.h"

static struct err *features(struct call *call)
{
	auto_free char *json = NULL;
	struct err *e = hull_features(&json);

	(void)call;
	if (!e)
		text_print(json);
	return e;
}

const struct command features_command = {
	.name = "features",
	.args = "",
	.help = "Print what hull can do as JSON.",
	.opts = { help_opts },
	.run = features,
};
