/* SPDX-License-Identifier: Apache-2.0 */
/* The process of `exec`: the container's own with what the command line says otherwise, or a file. */
#include "verbs.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

struct draft {
	struct arena *arena;
	struct config *config;		/* the container's */
	struct oci_process *process;
};

/* What an option says is not in the document: a mistake there is the option's. */
static void name(struct draft *d, const void *value, const char *member, const char *option)
{
	*list_add(d->arena, &d->config->doc.names) = (struct json_name){
		.value = value,
		.member = member,
		.name = option,
	};
}

/* The other members of a changed copy are where they were. */
static void name_copy(struct draft *d, const void *value, const void *in)
{
	*list_add(d->arena, &d->config->doc.names) = (struct json_name){
		.value = value,
		.in = in,
	};
}

/* Digits alone, at most 4294967294: "1x", "+1", "" are no ids (CVE-2026-30892). */
static bool id_parse(const char *text, size_t len, uint32_t *id)
{
	uint64_t n = 0;

	if (!len || len > 10)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		n = n * 10 + (uint64_t)(text[i] - '0');
	}
	if (n >= UINT32_MAX)
		return false;
	*id = (uint32_t)n;
	return true;
}

static struct err *user_set(struct draft *d, const char *text)
{
	struct oci_user *user = d->process->user;
	size_t len = strcspn(text, ":");

	if (!id_parse(text, len, &user->uid) ||
	    (text[len] && !id_parse(text + len + 1, strlen(text + len + 1), &user->gid)))
		return err_new(EINVAL, "--user %s: must be UID or UID:GID, as numbers", text);
	name(d, user, "uid", "--user");
	if (text[len])
		name(d, user, "gid", "--user");
	name(d, d->process, "user", "--user");
	return NULL;
}

static struct err *groups_add(struct draft *d, char *const *gids)
{
	struct oci_user *user = d->process->user;
	LIST(uint32_t) all = { 0 };

	for_each (gid, &user->additional_gids)
		*list_add(d->arena, &all) = *gid;
	for (; *gids; gids++)
		if (!id_parse(*gids, strlen(*gids), list_add(d->arena, &all)))
			return err_new(EINVAL, "--additional-gids %s: must be a number", *gids);
	user->additional_gids.v = all.v;
	user->additional_gids.n = all.n;
	name(d, user, "additionalGids", "--additional-gids");
	return NULL;
}

static struct err *user_change(struct draft *d, const struct hull_exec *e)
{
	const struct oci_user *before = d->process->user;
	struct err *err = NULL;

	if (!e->user && !e->additional_gids)
		return NULL;
	d->process->user = arena_new(d->arena, struct oci_user);
	if (before)
		*d->process->user = *before;
	if (e->user)
		err = user_set(d, e->user);
	if (!err && e->additional_gids)
		err = groups_add(d, e->additional_gids);
	name_copy(d, d->process->user, before);
	return err;
}

typedef LIST(char *) strings;

/* What was there, and what the option says. */
static void strings_add(struct draft *d, strings *list, char *const *more, const char *option)
{
	const strings before = *list;

	*list = (strings){ 0 };
	for_each (s, &before)
		*list_add(d->arena, list) = *s;
	for (; *more; more++)
		*list_add(d->arena, list) = arena_strdup(d->arena, *more);
	/* Only now they stay where they are. */
	for (size_t i = 0; i < list->n; i++)
		if (i < before.n)
			name_copy(d, &list->v[i], &before.v[i]);
		else
			name(d, &list->v[i], NULL, option);
}

/* Bounding, effective and permitted; never inheritable (CVE-2022-29162), so not ambient either. */
static void caps_add(struct draft *d, char *const *more)
{
	struct oci_capabilities *caps = arena_new(d->arena, struct oci_capabilities);

	if (d->process->capabilities)
		*caps = *d->process->capabilities;
	name_copy(d, caps, d->process->capabilities);
	d->process->capabilities = caps;
	strings_add(d, (strings *)&caps->bounding, more, "--cap");
	strings_add(d, (strings *)&caps->effective, more, "--cap");
	strings_add(d, (strings *)&caps->permitted, more, "--cap");
}

/* A member that is a string. */
static void string_set(struct draft *d, char **member, const char *key, const char *option,
		       const char *text)
{
	if (!text)
		return;
	*member = arena_strdup(d->arena, text);
	name(d, d->process, key, option);
}

/* The container's own process, with what the command line says otherwise. */
static struct err *process_of_options(struct draft *d, const struct hull_exec *e, findings *found)
{
	struct oci_process *p = d->process, *own = d->config->spec.process;
	static char *none[] = { NULL };
	struct err *err;

	if (own)
		*p = *own;
	else
		p->cwd = arena_strdup(d->arena, "/");
	p->args.v = NULL;
	p->args.n = 0;
	strings_add(d, (strings *)&p->args, e->argv ? e->argv : none, "PROGRAM");
	name(d, p, "args", "PROGRAM");
	p->terminal = e->tty;
	name(d, p, "terminal", "--tty");
	string_set(d, &p->cwd, "cwd", "--cwd", e->cwd);
	string_set(d, &p->selinux_label, "selinuxLabel", "--process-label", e->process_label);
	string_set(d, &p->apparmor_profile, "apparmorProfile", "--apparmor", e->apparmor);
	if (e->no_new_privs)
		p->no_new_privileges = *e->no_new_privs;
	if (e->env)
		strings_add(d, (strings *)&p->env, e->env, "--env");
	if (e->caps)
		caps_add(d, e->caps);
	err = user_change(d, e);
	name_copy(d, p, own);
	if (!err)
		spec_validate_part(d->arena, &d->config->doc, &type_oci_process, p, found);
	return err;
}

/* A whole process object; it may come from a pipe. */
static struct err *process_of_file(struct draft *d, const char *path, findings *found)
{
	struct json_doc *doc = &d->config->doc;
	char *text;
	size_t size;
	struct err *err = path_read(path, &text, &size);

	if (err)
		return err;
	err = json_parse(d->arena, arena_strdup(d->arena, path), arena_own(d->arena, text), size,
			 doc);
	if (err)
		return err;
	json_decode(d->arena, doc, &type_oci_process, d->process, found);
	spec_validate_part(d->arena, doc, &type_oci_process, d->process, found);
	return findings_error(found, path);
}

struct err *exec_process(struct arena *a, const struct hull_exec *e, struct config *config,
			 findings *found, struct oci_process *process)
{
	struct draft d = { a, config, process };

	return e->process ? process_of_file(&d, e->process, found)
			  : process_of_options(&d, e, found);
}
