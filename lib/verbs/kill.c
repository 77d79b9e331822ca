/* SPDX-License-Identifier: Apache-2.0 */
/* kill, delete, and either for all containers whose id matches. */
#include "verbs.h"

#include <errno.h>
#include <regex.h>
#include <signal.h>
#include <string.h>

#include "hull/sys.h"

static struct err *all_signal(const struct record *r, int signal)
{
	struct err *err;

	if (signal != SIGKILL || !record_owns_cgroup(r))
		return cgroup_signal(r->cgroup, signal);
	err = cgroup_kill(r->cgroup, r->cgroup_existed);
	if (err_code(err) == ENOENT || err_code(err) == ENODEV) {
		err_free(err);
		return NULL;
	}
	return err;
}

/* The annotation of the image names the signal for those who name none. */
static const char *default_signal(const struct record *r)
{
	for_each (a, &r->annotations)
		if (!strcmp(a->key, "org.opencontainers.image.stopSignal"))
			return a->value;
	return "TERM";
}

static struct err *init_signal(int pidfd, int signal)
{
	struct err *err = pidfd < 0 ? NULL : pidfd_kill(pidfd, signal);

	if (pidfd >= 0 && err_code(err) != ESRCH)
		return err;
	err_free(err);
	return err_new(ESRCH, "container not running");
}

static struct err *kill_one(const struct hull *h, const char *id, const char *name, bool all)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store store = { .lock = -1, .dir = { .fd = -1 } };
	auto_fd int pidfd = -1;
	struct record record = { 0 };
	enum status status;
	struct err *err = container_open(&a, h, id, true, &store, &record);
	int signal;

	if (!err)
		err = signal_parse(name ? name : default_signal(&record), &signal);
	if (!err)
		err = record_hold(&record, &status, &pidfd);
	if (err)
		return err;
	/* runtime.md, "Kill": only one that is created or runs. */
	if (!all && status == STATUS_CREATING)
		return err_new(EBUSY, "the container is still being created");
	if (all && record_has_cgroup(&record))
		return all_signal(&record, signal);
	/* Without a pid namespace of its own the others outlive init: they go with it. */
	if (signal == SIGKILL && !record.private_pidns && record_owns_cgroup(&record) &&
	    status != STATUS_STOPPED)
		return all_signal(&record, signal);
	err = init_signal(pidfd, signal);
	if (all && err_code(err) == ESRCH) {
		err_free(err);
		return NULL;
	}
	return err;
}

struct err *hull_kill(const struct hull *h, const char *id, const char *signal, bool all)
{
	return verb_failed(kill_one(h, id, signal, all), "kill", id);
}

/* A directory without a record: its maker was killed before it made anything. */
static struct err *remains_remove(struct err *err, const struct store *store, bool force)
{
	struct err *gone = store->dir.fd >= 0 ? store_remove(store) : NULL;

	if (gone) {
		err_free(err);
		return gone;
	}
	if (!force)
		return err;
	err_free(err);
	return NULL;
}

static struct err *delete_one(const struct hull *h, const char *id, bool force)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store store = { .lock = -1, .dir = { .fd = -1 } };
	struct record record = { 0 };
	struct undo undo = { &record, &store, h->warn, force };
	struct err *err = container_open(&a, h, id, true, &store, &record);
	enum status status;

	if (err_code(err) == ENOENT)
		return remains_remove(err, &store, force);
	if (err)
		return err;
	status = force ? STATUS_STOPPED : record_status(&record);
	/* A created one is killed: engines rely on it, though runtime.md does not allow it. */
	if (status == STATUS_RUNNING || status == STATUS_PAUSED)
		return err_new(EBUSY, "cannot delete container %s that is not stopped: %s", id,
			       status_names[status]);
	return unwind(steps, &undo);
}

struct err *hull_delete(const struct hull *h, const char *id, bool force)
{
	return verb_failed(delete_one(h, id, force), "delete", id);
}

struct err *hull_match(const struct hull *h, const char *regex,
		       struct err *(*each)(const struct hull *h, const char *id, void *data),
		       void *data)
{
	auto_arena struct arena a = { 0 };
	names ids = { 0 };
	regex_t re;
	char why[128];
	struct err *err;
	int rc = regcomp(&re, regex, REG_EXTENDED | REG_NOSUB);

	if (rc) {
		regerror(rc, &re, why, sizeof(why));
		return err_new(EINVAL, "\"%s\" is not a regular expression: %s", regex, why);
	}
	err = store_list(&a, root_of(&a, h), &ids);
	for (size_t i = 0; i < ids.n && !err; i++)
		if (!regexec(&re, ids.v[i], 0, NULL, 0))
			err = each(h, ids.v[i], data);
	regfree(&re);
	return err;
}
