/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Security modules: the label that execve(2) will bring. Written through a
 * procfs of our own, so that it reaches the kernel and no file that somebody
 * put in its place (CVE-2019-16884, CVE-2025-52881).
 */
#include "child.h"

#include <errno.h>
#include <stdio.h>

#include "hull/sys.h"

static struct err *label_write(const struct dir *proc, const char *file, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/attr/%s", getpid(), file);
	return dir_write(proc, path, text);
}

static struct err *apparmor_set(const struct plan *plan, struct live *live, const struct dir *proc)
{
	const char *text = arena_printf(live->arena, "exec %s", plan->apparmor);
	struct err *err = label_write(proc, "apparmor/exec", text);

	if (err_code(err) != ENOENT)
		return err;
	/* before 5.8 there is no directory of its own; remove when nobody builds without it */
	err_free(err);
	return label_write(proc, "exec", text);
}

struct err *labels_set(const struct plan *plan, struct live *live)
{
	auto_fd int fd = -1;
	struct dir proc;
	struct err *err;

	if (!plan->apparmor && !plan->selinux)
		return NULL;
	err = proc_open(false, &proc);
	if (err)
		return err;
	fd = proc.fd;
	if (plan->apparmor)
		err = err_at(apparmor_set(plan, live, &proc), plan->doc, plan->spec->process,
			     "apparmorProfile");
	if (!err && plan->selinux)
		err = err_at(label_write(&proc, "exec", plan->selinux), plan->doc,
			     plan->spec->process, "selinuxLabel");
	return err;
}
