/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs share, and what every command begins with. */
#include "verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "hull/fd.h"
#include "hull/sys.h"

/* A record that is not there: not yet, or not any more. */
static struct err *no_container(struct err *err, const char *id)
{
	if (err_code(err) != ENOENT)
		return err;
	err_free(err);
	return err_set(err_new(ENOENT, "container does not exist"), ERR_CONTAINER, "%s", id);
}

/*
 * Whether we are root of a machine, or of a container with a system of its own:
 * /run is ours. It is not for root of a user namespace that an ordinary user has
 * made, and as such rootless Podman and Buildah call us.
 */
static bool is_root(void)
{
	struct stat st;
	auto_err struct err *err = NULL;

	if (geteuid() != 0)
		return false;
	err = path_stat("/run", &st);
	return err || st.st_uid == 0;
}

char *hull_default_root(void)
{
	const char *runtime_dir = secure_getenv("XDG_RUNTIME_DIR");
	char *path;

	/* Podman sets it empty for root. */
	if (!runtime_dir || !*runtime_dir || is_root())
		return strdup("/run/hull");
	if (asprintf(&path, "%s/hull", runtime_dir) < 0)
		abort();
	return path;
}

struct err *hull_init(void)
{
	if (getauxval(AT_SECURE))
		return err_new(EPERM, "this program must not be set-user-id and must not have "
			       "file capabilities");
	return fd_stdio_open();
}

struct err *hull_seal(const struct hull *h, char **argv)
{
	struct err *err = h->cgroup_manager == HULL_SYSTEMD ? self_able_to_load() : NULL;

	if (err || self_may_become())	/* then each child does so by itself: step "protect" */
		return err;
	if (!self_is_sealed())
		return err_add(self_execute_copy(argv), "protect this program");
	(void)prctl(PR_SET_NAME, "hull");	/* the kernel named us after the memfd */
	return NULL;
}

const char *root_of(struct arena *a, const struct hull *h)
{
	auto_free char *usual = h->root ? NULL : hull_default_root();

	return arena_strdup(a, h->root ? h->root : usual);
}

struct err *record_find(struct arena *a, const struct hull *h, const char *id,
			struct record *record)
{
	auto_fd int fd = -1;
	struct dir root = { .fd = -1 };
	struct err *err = id_check(id);

	if (!err)
		err = root_open(root_of(a, h), &root);
	fd = root.fd;
	if (!err)
		err = record_peek(a, &root, id, record);
	return no_container(err, id);
}

struct err *container_open(struct arena *a, const struct hull *h, const char *id, bool lock,
			   struct store *store, struct record *record)
{
	struct err *err = id_check(id);

	if (!err)
		err = store_open(a, root_of(a, h), id, lock, store);
	if (!err)
		err = record_load(a, store, record);
	return no_container(err, id);
}

struct err *config_load(struct arena *a, const struct store *store, struct config *config)
{
	auto_free char *text = NULL;
	size_t size;
	findings found = { 0 };		/* `create` has told what they are */
	struct err *err = dir_read_at_once(&store->dir, "config.json", &text, &size);

	if (err)
		return err;
	return spec_read(a, "config.json", arena_strndup(a, text, size), size, config, &found);
}

struct err *verb_failed(struct err *err, const char *verb, const char *id)
{
	err = err_add(err, "%s %s", verb, id ? id : "");
	err = err_set(err, ERR_VERB, "%s", verb);
	return err_set(err, ERR_CONTAINER, "%s", id ? id : "");
}

struct err *trace_open(const struct hull *h, int *fd)
{
	struct err *err;

	*fd = -1;
	if (!h->trace)
		return NULL;
	err = path_create(h->trace, O_WRONLY | O_CREAT | O_APPEND, 0644, fd);
	return err_add(err, "trace");
}

struct err *plan_show(struct arena *a, struct plan *plan, enum hull_print how, char **text)
{
	struct err *err = seccomp_assemble(a, plan, &plan->seccomp.program);

	if (!err)
		*text = how == HULL_PRINT_JSON ? plan_print_json(plan) : plan_print(plan);
	return err;
}
