/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of the host that we ask something. */
#include "hull/sys.h"

#include <errno.h>
#include <fcntl.h>
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

static struct err *read_until(int fd, uint64_t end, char **text, size_t *size)
{
	auto_free char *all = xmalloc(1);
	size_t used = 0;
	ssize_t n = 1;

	while (n) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		struct err *err = poll_or_told(&p, 1, end);

		if (!err && now_us() >= end)
			err = err_new(ETIME, "it does not stop to talk");
		if (err)
			return err;
		all = realloc(all, used + PIECE + 1);
		if (!all)
			abort();
		n = read(fd, all + used, PIECE);
		if (n < 0 && errno != EINTR)
			return err_sys("read", "what it says");
		used += n > 0 ? (size_t)n : 0;
	}
	all[used] = 0;
	*text = take_ptr(&all);
	*size = used;
	return NULL;
}

struct err *child_hear(pid_t pid, int from, char **text, size_t *size, int *status)
{
	uint64_t end = after_ms(ANSWER_MS);
	struct pollfd p = { .fd = -1, .events = POLLIN };
	auto_fd int pidfd = -1;
	struct err *err = process_pidfd(pid, &pidfd);

	p.fd = pidfd;
	if (!err)
		err = read_until(from, end, text, size);
	if (!err)
		err = poll_or_told(&p, 1, end);
	if (!err)
		return process_reap(pid, status);
	err_free(process_kill(pid, pidfd));
	if (err_code(err) != ETIME)
		return err;
	err_free(err);
	return err_new(ETIME, "not ended within %d s", ANSWER_MS / 1000);
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
	auto_fd int from = -1;
	auto_fd int complaints = memfd_create("complaints", MFD_CLOEXEC);
	auto_free char *output = NULL;
	struct err *err;
	int fds[2], status;
	size_t size;
	pid_t pid;

	if (complaints < 0 || pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(complaints < 0 ? "memfd_create" : "pipe2", NULL);
	from = fds[0];
	err = start(argv, fds[1], complaints, &pid);
	close(fds[1]);
	if (err)
		return err;
	err = child_hear(pid, from, &output, &size, &status);
	if (err)
		return err_add(err, "%s", argv[0]);
	err = failure(argv[0], complaints, status);
	if (!err)
		*text = take_ptr(&output);
	return err;
}
