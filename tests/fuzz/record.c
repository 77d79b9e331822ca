/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.json and brief in a container's directory. A record that was loaded
 * is saved and loaded again; neither is ever of another container.
 */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "hull/state.h"

static struct dir root, below;

static void directory_make(void)
{
	static char path[PATH_MAX];
	const char *where = getenv("TMPDIR");

	if (root.path)
		return;
	snprintf(path, sizeof(path), "%s/record.XXXXXX", where ? where : "/tmp");
	must(mkdtemp(path));
	root.path = path;
	root.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(mkdirat(root.fd, "c", 0700) == 0);
	below.path = "c";
	below.fd = openat(root.fd, "c", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(below.fd >= 0);
}

static void file_write(const uint8_t *data, size_t size)
{
	int fd = openat(below.fd, "state.json", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static void again_must(struct arena *a, const struct record *r)
{
	struct store store = { .root = root.path, .id = "c", .dir = below, .lock = -1 };
	struct record second = { 0 };
	auto_free char *one = json_encode(&type_record, r, JSON_COMPACT), *two = NULL;
	auto_err struct err *err = record_save(&store, r);

	must(!err);
	err = record_peek(a, &root, "c", &second);
	must(!err);
	two = json_encode(&type_record, &second, JSON_COMPACT);
	must(!strcmp(one, two));
}

static void brief_try(struct arena *a, const char *text)
{
	struct record r = { 0 };

	unlinkat(below.fd, "brief", 0);
	if (symlinkat(text, below.fd, "brief") < 0)
		return;
	if (record_brief(a, &root, "c", &r)) {
		must(!strcmp(r.id, "c"));
		must(r.pid > 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = { 0 };
	struct record r = { 0 };
	auto_err struct err *err = NULL;

	directory_make();
	file_write(data, size);
	err = record_peek(&a, &root, "c", &r);
	if (err) {
		must(*err_text(err));
	} else {
		must(!strcmp(r.id, "c"));
		again_must(&a, &r);
	}
	brief_try(&a, fuzz_text(&a, data, size));
	return 0;
}
