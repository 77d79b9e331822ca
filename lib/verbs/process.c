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
	struct oci_user *user = arena_new(d->arena, struct oci_user);
	size_t len = strcspn(text, ":");

	if (d->process->user)
		*user = *d->process->user;
	d->process->user = user;
	if (!id_parse(text, len, &user->uid) ||
	    (text[len] && !id_parse(text + len + 1, strlen(text + len + 1), &user->gid)))
		return err_new(EINVAL, "--user %s: must be UID or UID:GID, as numbers", text);
	return NULL;
}

static struct err *groups_add(struct draft *d, char *const *gids)
{
	struct oci_user *user = arena_new(d->arena, struct oci_user);
	LIST(uint32_t) all = { 0 };

	if (d->process->user)
		*user = *d->process->user;
	d->process->user = user;
	for_each (gid, &user->additional_gids)
		*list_add(d->arena, &all) = *gid;
	for (; *gids; gids++)
		if (!id_parse(*gids, strlen(*gids), list_add(d->arena, &all)))
			return err_new(EINVAL, "--additional-gids %s: must be a number", *gids);
	user->additional_gids.v = all.v;
	user->additional_gids.n = all.n;
	return NULL;
}

/* Bounding, effective and permitted; never inheritable (CVE-2022-29162), so not ambient either. */
static void caps_add(struct draft *d, char *const *names_)
{
	struct oci_capabilities *caps = arena_new(d->arena, struct oci_capabilities);
	LIST(char *) sets[3] = { 0 };

	if (d->process->capabilities)
		*caps = *d->process->capabilities;
	d->process->capabilities = caps;
	for_each (c, &caps->bounding)
		*list_add(d->arena, &sets[0]) = *c;
	for_each (c, &caps->effective)
		*list_add(d->arena, &sets[1]) = *c;
	for_each (c, &caps->permitted)
		*list_add(d->arena, &sets[2]) = *c;
	for (; *names_; names_++)
		for (size_t i = 0; i < countof(sets); i++)
			*list_add(d->arena, &sets[i]) = arena_strdup(d->arena, *names_);
	caps->bounding.v = sets[0].v;
	caps->bounding.n = sets[0].n;
	caps->effective.v = sets[1].v;
	caps->effective.n = sets[1].n;
	caps->permitted.v = sets[2].v;
	caps->permitted.n = sets[2].n;
}

static void env_add(struct draft *d, char *const *env)
{
	LIST(char *) all = { 0 };

	for_each (e, &d->process->env)
		*list_add(d->arena, &all) = *e;
	for (; *env; env++)
		*list_add(d->arena, &all) = arena_strdup(d->arena, *env);
	d->process->env.v = all.v;
	d->process->env.n = all.n;
}

static void args_set(struct draft *d, char *const *argv)
{
	LIST(char *) all = { 0 };

	for (; argv && *argv; argv++)
		*list_add(d->arena, &all) = arena_strdup(d->arena, *argv);
	d->process->args.v = all.v;
	d->process->args.n = all.n;
}

static char *copy(struct draft *d, const char *s)
{
	return arena_strdup(d->arena, s);
}

/* The container's own process, with what the command line says otherwise. */
static struct err *process_of_options(struct draft *d, const struct hull_exec *e)
{
	struct oci_process *p = d->process;
	struct err *err = NULL;

	if (d->config->spec.process)
		*p = *d->config->spec.process;
	else
		p->cwd = copy(d, "/");
	args_set(d, e->argv);
	p->terminal = e->tty;
	if (e->cwd)
		p->cwd = copy(d, e->cwd);
	if (e->process_label)
		p->selinux_label = copy(d, e->process_label);
	if (e->apparmor)
		p->apparmor_profile = copy(d, e->apparmor);
	if (e->no_new_privs)
		p->no_new_privileges = *e->no_new_privs;
	if (e->env)
		env_add(d, e->env);
	if (e->caps)
		caps_add(d, e->caps);
	if (e->user)
		err = user_set(d, e->user);
	if (!err && e->additional_gids)
		err = groups_add(d, e->additional_gids);
	return err;
}

/* A whole process object; it may come from a pipe. */
static struct err *process_of_file(struct draft *d, const char *path)
{
	findings found = { 0 };
	struct json_doc *doc = &d->config->doc;
	char *text;
	size_t size;
	struct err *err = path_read(path, &text, &size);

	if (err)
		return err;
	err = json_parse(d->arena, arena_strdup(d->arena, path),
			 arena_strndup(d->arena, text, size), size, doc);
	free(text);
	if (err)
		return err;
	json_decode(d->arena, doc, &type_oci_process, d->process, &found);
	err = findings_error(&found, path);
	if (err)
		return err;
	spec_validate_part(d->arena, doc, &type_oci_process, d->process, &found);
	return findings_error(&found, path);
}

struct err *exec_process(struct arena *a, const struct hull_exec *e, struct config *config,
			 struct oci_process *process)
{
	struct draft d = { a, config, process };

	return e->process ? process_of_file(&d, e->process) : process_of_options(&d, e);
}
