/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration from its file. The only file of spec/ that makes a system call: it reads. */
#include <string.h>

#include "hull/dir.h"
#include "hull/spec.h"

struct err *spec_read(struct arena *a, const char *name, const char *text, size_t size,
		      struct config *config, findings *found)
{
	*config = (struct config){ 0 };
	if (json_scan(a, name, text, size, &config->doc, found)) {
		json_decode(a, &config->doc, &type_oci_spec, &config->spec, found);
		spec_validate(a, config, found);
	}
	return findings_error(found, name);
}

struct err *spec_load(struct arena *a, const char *path, struct config *config,
		      findings *found)
{
	const char *slash = strrchr(path, '/');
	char *text;
	size_t size;
	struct err *err = path_read(path, &text, &size);

	if (err)
		return err;
	/* The document keeps its text, for the places in later messages. */
	return spec_read(a, arena_strdup(a, slash ? slash + 1 : path), arena_own(a, text), size,
			 config, found);
}
