/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own program as a sealed memfd (CVE-2019-5736). A container that reaches
 * /proc/PID/exe of ours finds a copy that nobody can write, with pages that
 * the host's file does not share.
 */
#include "hull/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "self.h"

#ifndef MFD_EXEC
#define MFD_EXEC	0x0010U		/* Linux 6.3 */
#endif

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

static int self_open(void)
{
	return openat(AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

bool self_is_sealed(void)
{
	auto_fd int fd = self_open();
	int seals = fd < 0 ? -1 : fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}

static struct err *copy_make(int *copy)
{
	int fd = memfd_create("hull", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)	/* before 6.3; remove when that is the baseline */
		fd = memfd_create("hull", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return err_set(err_sys("memfd_create", NULL), ERR_HINT,
			       "vm.memfd_noexec must be less than 2");
	*copy = fd;
	return NULL;
}

struct err *copy_range(int self, int copy, size_t offset, size_t size)
{
	off_t from = (off_t)offset;

	if (lseek(copy, from, SEEK_SET) < 0)
		return err_sys("lseek", "the copy of this program");
	while (size > 0) {
		ssize_t n = sendfile(copy, self, &from, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys("sendfile", "/proc/self/exe");
		size -= (size_t)n;
	}
	return NULL;
}

struct err *copy_seal(int copy)
{
	if (fchmod(copy, 0511) < 0)
		return err_sys("fchmod", "the copy of this program");
	if (fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		return err_sys("fcntl F_ADD_SEALS", "the copy of this program");
	return NULL;
}

/* Of all of it; returns only if that fails. */
static struct err *copy_execute(int self, char **argv)
{
	auto_fd int copy = -1;
	struct stat st;
	struct err *err = copy_make(&copy);

	if (!err && fstat(self, &st) < 0)
		err = err_sys("fstat", "/proc/self/exe");
	if (!err)
		err = copy_range(self, copy, 0, (size_t)st.st_size);
	if (!err)
		err = copy_seal(copy);
	if (err)
		return err;
	syscall(SYS_execveat, copy, "", argv, environ, AT_EMPTY_PATH);
	return err_sys("execveat", "the copy of this program");
}

/* Whether the kernel would let us say what we execute (prctl(2), PR_SET_MM_MAP). */
static bool may_become(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3] = { 0 };
	uint32_t restore = CAP_TO_MASK(CAP_CHECKPOINT_RESTORE);

	if (syscall(SYS_capget, &head, caps) < 0)
		return false;
	return caps[0].effective & CAP_TO_MASK(CAP_SYS_ADMIN) ||
	       caps[CAP_TO_INDEX(CAP_CHECKPOINT_RESTORE)].effective & restore;
}

/* The kernel lays out all words one behind the other, the file name that was executed last. */
void self_forget(void)
{
	char *first = program_invocation_name;
	uintptr_t end = getauxval(AT_EXECFN);

	*environ = NULL;
	if (end > (uintptr_t)first)
		explicit_bzero(first, end - (uintptr_t)first);
}

struct err *self_protect(char **argv)
{
	auto_fd int self = self_open();
	auto_fd int copy = -1;
	struct err *err;

	if (self < 0)
		return err_sys("open", "/proc/self/exe");
	if (!may_become())
		return copy_execute(self, argv);
	err = copy_make(&copy);
	if (err || self_become(self, copy))
		return err;
	return copy_execute(self, argv);
}
