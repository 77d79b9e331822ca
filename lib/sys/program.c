/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of the host that we ask something. */
#include "hull/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hull/fd.h"

enum { ANSWER_MS = 10 * 1000, PIECE = 65536 };

static struct err *start(char *const *argv, int out, int complaints, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO);
	rc = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return rc ? err_new(rc, "%s: %s", argv[0], errno_words(rc)) : NULL;
}

static struct err *read_until(int fd, uint64_t end, const char *name, char **text)
{
	auto_free char *all = xmalloc(1);
	size_t used = 0;

	*all = 0;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		uint64_t now = now_us();
		ssize_t n;

		if (now >= end || poll(&p, 1, (int)((end - now) / 1000) + 1) == 0)
			return err_new(ETIME, "%s has not ended within %d s", name,
				       ANSWER_MS / 1000);
		all = realloc(all, used + PIECE + 1);
		if (!all)
			abort();
		n = read(fd, all + used, PIECE);
		if (n < 0 && errno != EINTR)
			return err_sys("read", name);
		if (n == 0)
			break;
		used += n > 0 ? (size_t)n : 0;
		all[used] = 0;
	}
	*text = take_ptr(&all);
	return NULL;
}

/* The first line of what it has complained about, if it failed. */
static struct err *failure(const char *name, int complaints, int status)
{
	auto_free char *text = NULL;
	struct err *err;
	const char *line;

	if (lseek(complaints, 0, SEEK_SET) < 0)
		return err_sys("lseek", NULL);
	err = fd_read_all(complaints, name, &text, NULL);
	line = err ? "" : text + strspn(text, " \n");
	/* grep(1) and ps(1) say in this way that they have found nothing. */
	if (err || !status || !*line)
		return err;
	return err_new(EINVAL, "%s: %.*s", name, (int)strcspn(line, "\n"), line);
}

struct err *program_output(char *const *argv, char **text)
{
	uint64_t end = now_us() + (uint64_t)ANSWER_MS * 1000;
	auto_fd int from = -1;
	auto_fd int complaints = memfd_create("complaints", MFD_CLOEXEC);
	auto_free char *output = NULL;
	struct err *err;
	int fds[2], status;
	pid_t pid;

	if (complaints < 0 || pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(complaints < 0 ? "memfd_create" : "pipe2", NULL);
	from = fds[0];
	err = start(argv, fds[1], complaints, &pid);
	close(fds[1]);
	if (err)
		return err;
	err = read_until(from, end, argv[0], &output);
	if (err) {
		(void)kill(pid, SIGKILL);
		err_free(process_reap(pid, &status));
		return err;
	}
	err = process_reap(pid, &status);
	if (!err)
		err = failure(argv[0], complaints, status);
	if (!err)
		*text = take_ptr(&output);
	return err;
}
