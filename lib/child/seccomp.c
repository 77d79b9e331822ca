/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading the filter that assemble.c has made. Without no_new_privs that
 * needs CAP_SYS_ADMIN, so it comes before the capabilities go; with it, it is
 * the last thing before execve(2), and sees of us nothing but that.
 */
#include "child.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>

#include "hull/fd.h"
#include "hull/sys.h"

/* After the change of ids the effective set is empty, but we have kept the permitted one. */
static struct err *privileges_raise(void)
{
	struct caps c;
	struct err *err = caps_read(&c);

	if (err)
		return err;
	c.effective = c.permitted;
	return caps_write(&c);
}

/* config-linux.md, "The Container Process State". */
static char *state_text(const struct plan *plan, const struct live *live)
{
	char *fd_names[] = { (char []){ "seccompFd" }, NULL };
	struct oci_state state;
	struct oci_process_state doc = {
		.version = (char []){ OCI_VERSION }, .fds = { fd_names, 1 }, .pid = live->pid,
		.metadata = (char *)plan->seccomp.listener_metadata, .state = &state,
	};

	record_state(live->arena, live->record, live->record->started ? "created" : "creating",
		     live->pid, &state);
	return json_encode(&type_oci_process_state, &doc, JSON_COMPACT);
}

/*
 * With the filter loaded, sendmsg(2) is all that is called before the agent
 * has the listener: any other call may be one that waits for the agent.
 */
static struct err *load(const struct plan *plan, struct live *live)
{
	const struct seccomp_plan *s = &plan->seccomp;
	unsigned flags = s->flags | (s->notify ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0);
	auto_free char *text = s->notify ? state_text(plan, live) : NULL;
	size_t size = text ? strlen(text) : 0;
	auto_fd int listener = -1;
	long rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &live->filter);
	struct err *err = NULL;

	if (rc < 0)
		return err_at(err_sys("seccomp", NULL), plan->doc, plan->spec->linux, "seccomp");
	if (!s->notify)
		return NULL;
	listener = (int)rc;
	err = err_add(fd_send(live->listener, listener, text, size), "seccomp agent");
	close(take_fd(&live->listener));
	return err;
}

struct err *seccomp_early(const struct plan *plan, struct live *live)
{
	struct err *err;

	if (!plan->seccomp.profile || plan->cred.no_new_privs)
		return NULL;
	err = privileges_raise();
	return err ? err : load(plan, live);
}

struct err *seccomp_late(const struct plan *plan, struct live *live)
{
	return plan->seccomp.profile && plan->cred.no_new_privs ? load(plan, live) : NULL;
}
