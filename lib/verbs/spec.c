/* SPDX-License-Identifier: Apache-2.0 */
/* spec: writes an example of a configuration. */
#include "verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "hull/fd.h"

static struct err *spec_write(const char *path, bool rootless)
{
	auto_arena struct arena a = { 0 };
	auto_free char *text = NULL;
	auto_fd int fd = -1;
	struct oci_spec spec = { 0 };
	struct host host = { 0 };
	struct err *err = host_probe(&a, &host);

	if (err)
		return err;
	err = path_create(path, O_WRONLY | O_CREAT | O_EXCL, 0666, &fd);
	if (err_code(err) == EEXIST)
		return err_set(err, ERR_HINT, "remove it first, or name another file");
	if (err)
		return err;
	spec_example(&a, rootless, host.cgroup_root != NULL, host.euid, host.egid, &spec);
	text = json_encode(&type_oci_spec, &spec, JSON_INDENT);
	err = fd_write_all(fd, path, text, strlen(text));
	return err ? err : fd_write_all(fd, path, "\n", 1);
}

struct err *hull_spec(const char *bundle, const char *path, bool rootless)
{
	auto_free char *whole = NULL;

	if (asprintf(&whole, "%s/%s", bundle ? bundle : ".", path ? path : "config.json") < 0)
		abort();
	return err_set(err_add(spec_write(whole, rootless), "spec"), ERR_VERB, "spec");
}
