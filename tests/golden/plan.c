/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	golden DIRECTORY
 *
 * Prints the plan for DIRECTORY/config.json as it would be on an invented
 * host, or what is wrong with it. DIRECTORY/options says what differs from
 * the usual, one "key value" a line:
 *
 *	config FILE		another file than config.json, relative to DIRECTORY
 *	replace FROM TO		words of the configuration, wherever they stand; no blanks
 *	id, bundle, manager, preserve-fds, no-pivot, no-new-keyring	the request
 *	euid, egid, init-userns, cgroup-root, cgroup-self, cgroup-v1,
 *	cgroup-controllers, hugepage-sizes, last-cap, selinux, apparmor,
 *	newuidmap, newgidmap, resctrl-root, systemd-ours		the host
 *	json			prints the plan as JSON
 *
 * A value of "none" is NULL, a key without a value is true.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "hull/dir.h"
#include "hull/plan.h"

struct golden {
	struct arena arena;
	const char *dir, *config;
	const char *from[8], *to[8];
	size_t n;			/* of replacements */
	struct host host;
	struct request request;
	bool json;
};

enum kind { TEXT, NUMBER, FLAG };

static const struct setting {
	const char *key;
	enum kind kind;
	size_t offset;
} settings[] = {
#define SETTING(key, kind, member) { key, kind, offsetof(struct golden, member) }
	SETTING("config", TEXT, config),
	SETTING("id", TEXT, request.id),
	SETTING("bundle", TEXT, request.bundle),
	SETTING("preserve-fds", NUMBER, request.preserve_fds),
	SETTING("no-pivot", FLAG, request.no_pivot),
	SETTING("no-new-keyring", FLAG, request.no_new_keyring),
	SETTING("euid", NUMBER, host.euid),
	SETTING("egid", NUMBER, host.egid),
	SETTING("init-userns", FLAG, host.init_userns),
	SETTING("cgroup-root", TEXT, host.cgroup_root),
	SETTING("cgroup-self", TEXT, host.cgroup_self),
	SETTING("cgroup-v1", TEXT, host.cgroup_v1),
	SETTING("cgroup-controllers", TEXT, host.cgroup_controllers),
	SETTING("hugepage-sizes", TEXT, host.hugepage_sizes),
	SETTING("last-cap", NUMBER, host.last_cap),
	SETTING("selinux", FLAG, host.selinux),
	SETTING("apparmor", FLAG, host.apparmor),
	SETTING("newuidmap", TEXT, host.newuidmap),
	SETTING("newgidmap", TEXT, host.newgidmap),
	SETTING("resctrl-root", TEXT, host.resctrl_root),
	SETTING("systemd-ours", FLAG, host.systemd_ours),
	SETTING("json", FLAG, json),
	{ 0 }
};

static enum cgroup_manager manager_of(const char *name)
{
	if (!strcmp(name, "systemd"))
		return CGROUP_SYSTEMD;
	if (!strcmp(name, "disabled"))
		return CGROUP_DISABLED;
	return CGROUP_CGROUPFS;
}

static void replace_add(struct golden *g, char *words)
{
	char *space = strchr(words, ' ');

	if (!space || g->n == countof(g->from))
		errx(2, "%s/options: replace %s", g->dir, words);
	*space = 0;
	g->from[g->n] = words;
	g->to[g->n++] = space + 1;
}

static void option_read(struct golden *g, char *line)
{
	char *value = strchr(line, ' ');
	const struct setting *s = settings;
	void *at;

	if (value)
		*value++ = 0;
	if (!strcmp(line, "replace") && value) {
		replace_add(g, value);
		return;
	}
	if (!strcmp(line, "manager") && value) {
		g->request.cgroup_manager = manager_of(value);
		return;
	}
	while (s->key && strcmp(s->key, line))
		s++;
	if (!s->key || (!value && s->kind != FLAG))
		errx(2, "%s/options: %s", g->dir, line);
	at = (char *)g + s->offset;
	if (s->kind == TEXT)
		*(const char **)at = strcmp(value, "none") ? value : NULL;
	else if (s->kind == NUMBER)
		*(unsigned *)at = (unsigned)strtoul(value, NULL, 10);
	else
		*(bool *)at = !value || strcmp(value, "no");
}

static char *file_read(struct golden *g, const char *name)
{
	auto_free char *text = NULL;
	auto_err struct err *err =
		path_read(arena_printf(&g->arena, "%s/%s", g->dir, name), &text, NULL);

	return err ? NULL : arena_strdup(&g->arena, text);
}

static void options_read(struct golden *g)
{
	char *text = file_read(g, "options");

	for (char *line = text; line && *line;) {
		char *end = line + strcspn(line, "\n");
		bool last = !*end;

		*end = 0;
		if (*line && *line != '#')
			option_read(g, line);
		line = end + !last;
	}
}

static char *replaced(struct golden *g, char *text, const char *from, const char *to)
{
	char *at = strstr(text, from);

	if (!at)
		return text;
	*at = 0;
	return arena_printf(&g->arena, "%s%s%s", text, to,
			    replaced(g, at + strlen(from), from, to));
}

static void findings_print(const findings *found)
{
	for_each (f, found)
		printf("%s: config.json:%u:%u: %s: %s\n", f->warning ? "warning" : "error", f->line,
		       f->column, f->pointer, f->text);
}

static int run(struct golden *g)
{
	char *text = file_read(g, g->config);
	auto_err struct err *err = NULL;
	auto_free char *sheet = NULL;
	findings found = { 0 };
	struct config config;
	struct plan plan;

	if (!text)
		errx(2, "%s/%s: cannot read", g->dir, g->config);
	for (size_t i = 0; i < g->n; i++)
		text = replaced(g, text, g->from[i], g->to[i]);
	err = spec_read(&g->arena, "config.json", text, strlen(text), &config, &found);
	if (!err)
		err = plan_make(&g->arena, &config, &g->request, &g->host, &found, &plan);
	findings_print(&found);
	if (!err)
		err = seccomp_assemble(&g->arena, &plan, &plan.seccomp.program);
	if (!err)
		sheet = g->json ? plan_print_json(&plan) : plan_print(&plan);
	fputs(sheet ? sheet : "", stdout);
	return 0;
}

int main(int argc, char **argv)
{
	struct golden g = {
		.config = "config.json",
		.host = {
			.init_userns = true,
			.cgroup_root = "/sys/fs/cgroup",
			.cgroup_self = "/user.slice/session-1.scope",
			.last_cap = 40,
		},
		.request = { .id = "c1", .bundle = "/bundle" },
	};
	int status;

	if (argc != 2)
		errx(2, "usage: golden DIRECTORY");
	g.dir = argv[1];
	options_read(&g);
	status = run(&g);
	arena_free(&g.arena);
	return status;
}
