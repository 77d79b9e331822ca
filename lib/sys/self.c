/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own program as a sealed memfd (CVE-2019-5736). A container that reaches
 * /proc/PID/exe of ours finds a copy that nobody can write, with pages that
 * the host's file does not share.
 */
#include "hull/sys.h"

#include <elf.h>
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

/* Nobody can change it any more. */
static struct err *copy_seal(int copy)
{
	if (fchmod(copy, 0511) < 0)
		return err_sys("fchmod", "the copy of this program");
	if (fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		return err_sys("fcntl F_ADD_SEALS", "the copy of this program");
	return NULL;
}

struct err *self_execute_copy(char **argv)
{
	auto_fd int self = self_open();
	auto_fd int copy = -1;
	struct stat st;
	struct err *err = copy_make(&copy);

	if (!err && (self < 0 || fstat(self, &st) < 0))
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

/* The kernel is asked by the size of what it wants: one without CRIU's calls does not answer. */
bool self_may_become(void)
{
	struct caps c = { 0 };
	auto_err struct err *err = caps_read(&c);
	unsigned size = 0;

	if (err || !(c.effective & (1ULL << CAP_SYS_ADMIN | 1ULL << CAP_CHECKPOINT_RESTORE)))
		return false;
	return prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) == 0 &&
	       size == sizeof(struct prctl_mm_map);
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

struct err *self_copy_make(struct self_copy *copy)
{
	struct err *err = layout_read(&copy->layout);

	return err ? err : copy_make(&copy->fd);
}

/* The first bytes of an ELF file (elf(5)): without them execve(2) says ENOEXEC. */
static struct err *copy_spoil(int copy)
{
	static const char none[SELFMAG] = { 0 };

	if (pwrite(copy, none, sizeof(none), 0) != (ssize_t)sizeof(none))
		return err_sys("pwrite", "the copy of this program");
	return NULL;
}

struct err *self_copy_fill(const struct self_copy *copy)
{
	auto_fd int self = self_open();
	struct err *err;

	if (self < 0)
		return err_sys("open", "/proc/self/exe");
	err = image_copy(self, copy->fd, copy->whole);
	if (!err)
		err = copy_spoil(copy->fd);
	return err ? err : copy_seal(copy->fd);
}

struct err *self_become(const struct self_copy *copy)
{
	return image_become(copy->fd, &copy->layout, copy->whole);
}
