/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's terminal: a pty of its own devpts. The slave comes from the
 * master (TIOCGPTPEER), never from a name (CVE-2025-52565).
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "hull/fd.h"
#include "hull/sys.h"

#include "target.h"

static struct err *master_open(const struct live *live, int *master)
{
	struct err *err = dir_open(&live->root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW,
				   master);
	struct stat st;

	if (err)
		return err_set(err, ERR_HINT, "a terminal needs a devpts on /dev/pts");
	if (fstat(*master, &st) < 0)
		return err_sys("fstat", "/dev/pts/ptmx");
	if (fd_magic(*master) != DEVPTS_SUPER_MAGIC || st.st_rdev != makedev(5, 2))
		return err_new(EINVAL, "/dev/pts/ptmx is not the pty multiplexer of a devpts");
	return NULL;
}

static struct err *slave_open(int master, int *slave)
{
	int unlock = 0;

	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return err_sys("ioctl TIOCSPTLCK", "/dev/pts/ptmx");
	*slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return *slave < 0 ? err_sys("ioctl TIOCGPTPEER", "/dev/pts/ptmx") : NULL;
}

static struct err *slave_prepare(const struct plan *plan, const struct live *live, int slave)
{
	struct winsize size = { .ws_row = plan->tty.rows, .ws_col = plan->tty.columns };

	if (live->window && live->window->ws_row)
		size = *live->window;
	if (size.ws_row && size.ws_col && ioctl(slave, TIOCSWINSZ, &size) < 0)
		return err_sys("ioctl TIOCSWINSZ", "the terminal");
	if (fchown(slave, plan->cred.uid, (gid_t)-1) < 0)
		return err_sys("fchown", "the terminal");
	return NULL;
}

/* What is there under this very name: a link would lead the terminal over another file. */
static struct err *console_find(const struct live *live, int *target)
{
	struct dir dev = { -1, "/dev" };
	auto_fd int fd = -1;
	struct stat st;
	struct err *err = dir_make(&live->root, "/dev", 0755, &fd);

	dev.fd = fd;
	if (!err)
		err = dir_open(&dev, "console", O_PATH | O_NOFOLLOW, target);
	if (err_code(err) == ENOENT) {
		err_free(err);
		err = dir_touch(&dev, "console", 0600, target);
	}
	if (err)
		return err;
	if (fstat(*target, &st) < 0)
		return err_sys("fstat", "/dev/console");
	return S_ISLNK(st.st_mode) ? err_new(ELOOP, "/dev/console is a symbolic link") : NULL;
}

/* The slave appears as /dev/console (config-linux.md, "Default Devices"). */
static struct err *console_bind(const struct plan *plan, const struct live *live, int slave)
{
	auto_fd int target = -1;
	auto_fd int mount = -1;
	struct err *err = console_find(live, &target);

	if (!err)
		err = target_private(plan, live, target, "/dev/console", true);
	if (!err)
		err = mount_clone(slave, "the terminal", false, &mount);
	err = err ? err : mount_attach(mount, target, "/dev/console");
	return err_at(err, plan->doc, plan->spec->process, "terminal");
}

/* One message: the master, and the slave's name as text that is never empty. */
static struct err *master_send(const struct live *live, int master)
{
	char name[32] = "";
	int number;

	if (ioctl(master, TIOCGPTN, &number) < 0)
		return err_sys("ioctl TIOCGPTN", "/dev/pts/ptmx");
	snprintf(name, sizeof(name), "/dev/pts/%d", number);
	return err_add(fd_send(live->console, master, name, strlen(name)), "console socket");
}

static struct err *slave_install(int slave)
{
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) < 0)
			return err_sys("dup2", "the terminal");
	return NULL;
}

/* Pipes and files of the caller: the program may reopen /dev/stderr, as nginx does. */
static void stdio_own(const struct plan *plan)
{
	struct stat st;

	for (int fd = 0; fd < 3; fd++)
		if (fstat(fd, &st) == 0 && !S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode) &&
		    st.st_uid != plan->cred.uid)
			(void)!fchown(fd, plan->cred.uid, (gid_t)-1);	/* only a convenience */
}

/* Those that the parent stands behind, in the place of the caller's. */
static struct err *stdio_install(const struct live *live)
{
	for (int fd = 0; live->stdio && fd < 3; fd++)
		if (live->stdio[fd] >= 0 && dup2(live->stdio[fd], fd) < 0)
			return err_sys("dup2", "a pipe");
	return NULL;
}

struct err *console_open(const struct plan *plan, struct live *live)
{
	auto_fd int master = -1;
	auto_fd int slave = -1;
	struct err *err;

	if (!plan->tty.terminal) {
		err = stdio_install(live);
		stdio_own(plan);
		return err;
	}
	err = master_open(live, &master);
	if (!err)
		err = slave_open(master, &slave);
	if (!err)
		err = slave_prepare(plan, live, slave);
	if (!err && plan->ns.own & CLONE_NEWNS && live->verbs & VERB_CREATE)
		err = console_bind(plan, live, slave);
	if (!err)
		err = master_send(live, master);
	return err ? err : slave_install(slave);
}
