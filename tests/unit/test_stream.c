/* SPDX-License-Identifier: Apache-2.0 */
/* Streams between descriptors, and the words of a process that has none. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "../../lib/parent/stream.h"
#include "../../lib/run/sync.h"

enum { MUCH = 3 << 20 };

struct pair { int far_in, far_out; struct stream s; };

/* far_in → s → far_out */
static struct pair pipes(void)
{
	struct pair p = { .s = STREAM_NONE };
	int in[2], out[2];

	assert_int_equal(pipe2(in, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
	p.far_in = in[1];
	p.far_out = out[0];
	stream_make(&p.s, &in[0], &out[1]);
	return p;
}

/* Moves what can be moved now; false if nothing could. */
static bool turn(struct stream *s)
{
	struct pollfd p[2];

	stream_poll(s, p);
	if (poll(p, 2, 0) <= 0)
		return false;
	stream_move(s, p);
	return true;
}

static void test_bytes_and_end(void **unused)
{
	struct pair p = pipes();
	char text[16];

	(void)unused;
	assert_false(turn(&p.s));
	assert_int_equal(write(p.far_in, "hello", 5), 5);
	assert_true(stream_pending(&p.s));
	assert_true(turn(&p.s));
	assert_int_equal(read(p.far_out, text, sizeof(text)), 5);
	assert_memory_equal(text, "hello", 5);
	assert_false(stream_pending(&p.s));
	close(p.far_in);
	assert_true(turn(&p.s));
	assert_int_equal(p.s.from, -1);
	assert_int_equal(p.s.to, -1);
	assert_int_equal(read(p.far_out, text, sizeof(text)), 0);
	assert_false(turn(&p.s));
	close(p.far_out);
}

/* A reader who does not read stops the writer: one buffer and two pipes are all that is on its way. */
static void test_back_pressure(void **unused)
{
	struct pair p = pipes();
	static char piece[4096];
	size_t sent = 0, received = 0;

	(void)unused;
	for (bool more = true; more && sent < MUCH;) {
		ssize_t n = write(p.far_in, piece, sizeof(piece));

		more = n > 0;
		sent += n > 0 ? (size_t)n : 0;
		more |= turn(&p.s) && p.s.at == p.s.end;
	}
	assert_true(sent < MUCH);
	assert_false(turn(&p.s));	/* full: nothing to do but to wait */
	close(p.far_in);
	while (p.s.from >= 0 || p.s.at < p.s.end) {
		ssize_t n = read(p.far_out, piece, sizeof(piece));

		received += n > 0 ? (size_t)n : 0;
		(void)turn(&p.s);
	}
	for (ssize_t n; (n = read(p.far_out, piece, sizeof(piece))) > 0;)
		received += (size_t)n;
	assert_int_equal(received, sent);
	close(p.far_out);
}

static void test_reader_goes(void **unused)
{
	struct pair p = pipes();

	(void)unused;
	signal(SIGPIPE, SIG_IGN);
	close(p.far_out);
	assert_true(turn(&p.s));	/* at once, not only when there is something to write */
	assert_int_equal(p.s.from, -1);
	assert_int_equal(p.s.failed, 0);
	assert_int_equal(write(p.far_in, "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	close(p.far_in);
}

static void test_full_disk(void **unused)
{
	struct pair p = pipes();
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)unused;
	assert_true(full >= 0);
	assert_true(dup2(full, p.s.to) >= 0);
	close(full);
	assert_int_equal(write(p.far_in, "x", 1), 1);
	assert_true(turn(&p.s));
	assert_int_equal(p.s.failed, ENOSPC);
	close(p.far_in);
	close(p.far_out);
}

static void test_sockets(void **unused)
{
	struct stream s = STREAM_NONE;
	int in[2], out[2];
	char text[4];

	(void)unused;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out), 0);
	stream_make(&s, &in[0], &out[1]);
	assert_false(turn(&s));		/* does not wait, although these block */
	assert_int_equal(write(in[1], "abc", 3), 3);
	assert_true(turn(&s));
	assert_int_equal(read(out[0], text, sizeof(text)), 3);
	stream_stop(&s);
	close(in[1]);
	close(out[0]);
}

static void test_words(void **unused)
{
	struct words *words = NULL;
	auto_err struct err *said = err_new(ENOENT, "no program");
	auto_err struct err *heard = NULL;

	(void)unused;
	assert_null(words_make(&words));
	assert_null(words_take(words));
	words_leave(words, said);
	heard = words_take(words);
	assert_int_equal(err_code(heard), ENOENT);
	assert_string_equal(err_text(heard), "no program");
	words_free(words);
}

/* A container that can trace its processes can write there. */
static void test_words_of_an_enemy(void **unused)
{
	struct words *words = NULL;

	(void)unused;
	assert_null(words_make(&words));
	for (unsigned seed = 0; seed < 2000; seed++) {
		for (size_t i = 0; i < sizeof(words->text); i++)
			words->text[i] = (char)(seed * 2654435761u >> (i % 24)) ^ (char)i;
		words->size = seed % 3 ? seed * 7 % sizeof(words->text) + 1 : UINT32_MAX - seed;
		err_free(words_take(words));
	}
	words_free(words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_and_end),
		cmocka_unit_test(test_back_pressure),
		cmocka_unit_test(test_reader_goes),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_words_of_an_enemy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
