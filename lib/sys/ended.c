/* SPDX-License-Identifier: Apache-2.0 */
/* How processes end that are not our children. */
#include "hull/sys.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

enum { REAP_MS = 2 * 1000 };

/* linux/pidfd.h of 6.15. */
struct info {
	uint64_t mask, cgroupid;
	uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};

#define GET_INFO  _IOWR(0xFF, 11, struct info)
#define INFO_EXIT (UINT64_C(1) << 3)

struct err *pidfd_status(int pidfd, int *status)
{
	struct pollfd p = { .fd = pidfd }; /* POLLHUP: it was reaped */
	struct info info = { .mask = INFO_EXIT };

	(void)poll(&p, 1, REAP_MS);
	if (ioctl(pidfd, GET_INFO, &info) < 0 || !(info.mask & INFO_EXIT))
		return err_new(ENODATA, "the kernel does not say how the process has ended");
	*status = WIFSIGNALED(info.exit_code) ? 128 + WTERMSIG(info.exit_code)
					      : WEXITSTATUS(info.exit_code);
	return NULL;
}
