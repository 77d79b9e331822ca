/* SPDX-License-Identifier: Apache-2.0 */
/* A new network namespace has its "lo" down; everybody expects it up. */
#include "hull/sys.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

struct err *loopback_up(void)
{
	struct ifreq lo = { .ifr_name = "lo" };
	auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* SIOCGIFFLAGS and SIOCSIFFLAGS work on a socket of any family. */
	if (fd < 0)
		return err_sys("socket", NULL);
	if (ioctl(fd, SIOCGIFFLAGS, &lo) < 0)
		return err_sys("ioctl SIOCGIFFLAGS", "lo");
	lo.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		return err_sys("ioctl SIOCSIFFLAGS", "lo");
	return NULL;
}
