/* SPDX-License-Identifier: Apache-2.0 */
/* The record of the container: the first thing made, the last removed. */
#include "parent.h"

#include <stdio.h>
#include <string.h>

#include "../run/meet.h"

/* Saved before anything else exists: it names all that `delete` would have to undo. */
struct err *state_reserve(const struct plan *plan, struct live *live)
{
	(void)plan;
	return record_save(live->store, live->record);
}

/* As it was read: later changes of the bundle's have no effect (runtime.md, "Lifecycle"). */
struct err *config_keep(const struct plan *plan, struct live *live)
{
	return dir_replace(&live->store->dir, "config.json", plan->doc->text, plan->doc->size);
}

/* Decimal digits and no newline: that is how engines parse it. */
static struct err *pid_file_write(const char *path, pid_t pid)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", pid);

	return err_add(path_replace(path, text, (size_t)n, 0644), "pid file");
}

struct err *state_save(const struct plan *plan, struct live *live)
{
	static char created[] = "created";
	struct err *err;

	if (ready_matters(plan, live))		/* else nobody knows whether it is */
		live->record->phase = created;
	/* `run` saves it with what "release" adds: until then the child dies with us. */
	err = live->verbs & VERB_START ? NULL : record_save(live->store, live->record);
	if (err || !live->pid_file)
		return err;
	return pid_file_write(live->pid_file, live->pid);
}

struct err *pid_file_save(const struct plan *plan, struct live *live)
{
	(void)plan;
	return live->pid_file ? pid_file_write(live->pid_file, live->pid) : NULL;
}

/* As long as anything is left that it names, `delete` can try again. */
struct err *state_remove(const struct undo *undo)
{
	return undo->incomplete ? NULL : store_remove(undo->store);
}
