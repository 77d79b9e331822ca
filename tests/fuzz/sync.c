/* SPDX-License-Identifier: Apache-2.0 */
/* What a child that the container has taken over may send to its parent. */
#include <sys/socket.h>
#include <unistd.h>

#include "../../lib/run/sync.h"
#include "fuzz.h"

/* A message that is @data, and then the end. */
static int sent(const uint8_t *data, size_t size)
{
	int fds[2];

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
	must(send(fds[1], data, size, 0) == (ssize_t)size);
	close(fds[1]);
	return fds[0];
}

static void error_must(struct err *err)
{
	size_t size;
	auto_free char *bytes = err ? err_pack(err, &size) : NULL;
	struct err *second = bytes ? err_unpack(bytes, size) : NULL;

	must(!err || !strcmp(err_text(err), err_text(second)));
	must(err_code(err) == err_code(second));
	err_free(second);
	err_free(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct words words = { 0 };
	char doing[WORDS_DOING];
	pid_t pid = 0;
	int fd, taken = -1;

	if (!size || size > 60000)
		return 0;
	fd = sent(data, size);
	error_must(sync_wait(fd, "ready", &pid));
	close(fd);
	fd = sent(data, size);
	error_must(sync_take(fd, "notify", &taken));
	must(taken < 0);
	close(fd);
	fd = sent(data, size);
	error_must(sync_wait_end(fd));
	close(fd);
	error_must(err_unpack((const char *)data, size));
	memcpy(&words, data, size < sizeof(words) ? size : sizeof(words));
	error_must(words_take(&words));
	if (words_doing(&words, doing))
		must(memchr(doing, 0, sizeof(doing)));
	return 0;
}
