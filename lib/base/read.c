/* SPDX-License-Identifier: Apache-2.0 */
/* Files, read whole. */
#include "hull/fd.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { READ_FIRST = 4096 };		/* most files are smaller */

/* Into memory of its own, which is *more from then on. */
static char *enlarge(char **more, const char *buffer, size_t used, size_t room)
{
	char *new = memcpy(xmalloc(room), buffer, used);

	free(*more);
	return *more = new;
}

/* For a file that is longer than @used: one byte more than it has, so that its end shows. */
static size_t room_for(int fd, size_t used)
{
	struct stat st;

	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size >= (off_t)used &&
	    st.st_size < FD_READ_MAX)
		return (size_t)st.st_size + 1;
	return 2 * used;
}

static struct err *read_text(int fd, const char *path, bool at_once, char **text, size_t *size)
{
	char first[READ_FIRST], *buffer = first;	/* most files are small, and read often */
	auto_free char *more = NULL;
	size_t room = sizeof(first), used = 0;

	for (;;) {
		ssize_t n = read(fd, buffer + used, room - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys("read", path);
		if (n == 0)
			break;
		used += (size_t)n;
		if (used > FD_READ_MAX)
			return err_new(EFBIG, "read %s: more than %d MiB", path, FD_READ_MAX >> 20);
		if (used < room && at_once)
			break;
		if (used == room) {
			room = room_for(fd, used);
			buffer = enlarge(&more, buffer, used, room);
		}
	}
	*text = more ? take_ptr(&more) : memcpy(xmalloc(used + 1), buffer, used);
	(*text)[used] = 0;		/* there was room for more */
	if (size)
		*size = used;
	return NULL;
}

struct err *fd_read_all(int fd, const char *path, char **text, size_t *size)
{
	return read_text(fd, path, false, text, size);
}

struct err *fd_read_at_once(int fd, const char *path, char **text, size_t *size)
{
	return read_text(fd, path, true, text, size);
}
