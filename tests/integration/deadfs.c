/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	deadfs DIRECTORY PROGRAM lookup|open [deaf]
 *
 * A file system on DIRECTORY with one file in it, "program", that is a copy
 * of PROGRAM; and it is as dead as that of a server that is gone: it does not
 * answer when the program is looked up, or when it is opened. Whoever waits
 * for that can be killed; but if it is deaf, not even that. SIGUSR1 brings it
 * to life: then all who wait get their answers. Prints "ready" once it is
 * mounted, and "asked" whenever somebody begins to wait. Ends with its mount,
 * or by a signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { REQUEST = 1 << 17, WAITING = 64, PROGRAM_ID = 2 };

static volatile sig_atomic_t alive;
static char *program;
static size_t program_size;
static int fuse, deaf;

/* Requests that wait for life. */
static char *waiting[WAITING];
static size_t waiting_n;

static void live(int signal)
{
	(void)signal;
	alive = 1;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void program_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		die(path);
	program_size = (size_t)st.st_size;
	program = malloc(program_size);
	if (!program || read(fd, program, program_size) != (ssize_t)program_size)
		die(path);
	close(fd);
}

static void fuse_mount(const char *at)
{
	char data[128];

	fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fuse < 0)
		die("/dev/fuse");
	snprintf(data, sizeof(data), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fuse);
	if (mount("deadfs", at, "fuse.deadfs", MS_NODEV, data) < 0)
		die(at);
}

static void answer(const struct fuse_in_header *in, int error, const void *bytes, size_t size)
{
	struct fuse_out_header out = {
		.len = (uint32_t)(sizeof(out) + size), .error = -error, .unique = in->unique,
	};
	struct iovec v[] = { { &out, sizeof(out) }, { (void *)bytes, size } };

	(void)!writev(fuse, v, 2);
}

static struct fuse_attr attributes(uint64_t node)
{
	struct fuse_attr a = { .ino = node, .nlink = 1, .mode = S_IFDIR | 0755, .blksize = 4096 };

	if (node == PROGRAM_ID) {
		a.mode = S_IFREG | 0755;
		a.size = program_size;
		a.blocks = program_size / 512 + 1;
	}
	return a;
}

static void answer_lookup(const struct fuse_in_header *in)
{
	struct fuse_entry_out entry = { .nodeid = PROGRAM_ID, .attr = attributes(PROGRAM_ID) };

	if (strcmp((const char *)(in + 1), "program"))
		answer(in, ENOENT, NULL, 0);
	else
		answer(in, 0, &entry, sizeof(entry));
}

static void answer_read(const struct fuse_in_header *in)
{
	const struct fuse_read_in *r = (const void *)(in + 1);
	size_t left = r->offset < program_size ? program_size - r->offset : 0;

	answer(in, 0, program + (left ? r->offset : 0), left < r->size ? left : r->size);
}

static void answer_init(const struct fuse_in_header *in)
{
	struct fuse_init_out out = { .major = 7, .minor = 31, .max_readahead = 65536, .max_write = 65536 };

	answer(in, 0, &out, sizeof(out));
}

/* Somebody got a signal while he waited: without an answer he cannot even be killed. */
static void request_interrupt(const struct fuse_in_header *in)
{
	const struct fuse_interrupt_in *which = (const void *)(in + 1);

	for (size_t i = 0; i < waiting_n; i++) {
		const struct fuse_in_header *w = (const void *)waiting[i];

		if (w->unique != which->unique)
			continue;
		answer(w, EINTR, NULL, 0);
		waiting[i] = waiting[--waiting_n];
		return;
	}
}

static void request_answer(const struct fuse_in_header *in)
{
	struct fuse_attr_out attr = { .attr = attributes(in->nodeid) };
	struct fuse_open_out opened = { .fh = 1 };
	struct fuse_statfs_out statfs = { .st = { .bsize = 4096, .namelen = 255 } };

	switch (in->opcode) {
	case FUSE_INIT:
		answer_init(in);
		break;
	case FUSE_LOOKUP:
		answer_lookup(in);
		break;
	case FUSE_GETATTR:
		answer(in, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		answer(in, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		answer_read(in);
		break;
	case FUSE_STATFS:
		answer(in, 0, &statfs, sizeof(statfs));
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	case FUSE_INTERRUPT:
		if (!deaf)
			request_interrupt(in);
		break;
	default:
		answer(in, ENOSYS, NULL, 0);
	}
}

static void request_keep(const char *request, size_t size)
{
	if (waiting_n == WAITING)
		return;
	waiting[waiting_n] = malloc(size);
	if (!waiting[waiting_n])
		die("malloc");
	memcpy(waiting[waiting_n++], request, size);
	puts("asked");
}

int main(int argc, char **argv)
{
	static char request[REQUEST] __attribute__((aligned(8)));
	const struct fuse_in_header *in = (const void *)request;
	struct sigaction action = { .sa_handler = live };	/* without SA_RESTART: it ends read(2) */

	uint32_t dead;

	if (argc < 4)
		return 2;
	dead = strcmp(argv[3], "open") ? FUSE_LOOKUP : FUSE_OPEN;
	deaf = argc > 4;
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGUSR1, &action, NULL);
	program_read(argv[2]);
	fuse_mount(argv[1]);
	puts("ready");
	for (;;) {
		ssize_t n = read(fuse, request, sizeof(request));

		while (alive && waiting_n)
			request_answer((void *)waiting[--waiting_n]);
		if (n < 0 && errno != EINTR && errno != ENOENT)
			return errno != ENODEV;
		if (n > 0 && !alive && in->opcode == dead)
			request_keep(request, (size_t)n);
		else if (n > 0)
			request_answer(in);
	}
}
