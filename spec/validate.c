/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a decoded document along its tables and asks every rule about every object. */
#include <string.h>

#include "hull/str.h"

#include "rules.h"

enum { QUOTED_MAX = 80 };	/* so much of a wrong value is repeated */

enum ns ns_of(const char *type)
{
	static const char *const types[] = {
		[NS_MOUNT] = "mount", [NS_PID] = "pid", [NS_NETWORK] = "network",
		[NS_UTS] = "uts", [NS_IPC] = "ipc", [NS_USER] = "user",
		[NS_CGROUP] = "cgroup", [NS_TIME] = "time",
	};
	enum ns kind = NS_MOUNT;

	while (kind < NS_KINDS && !(type && !strcmp(type, types[kind])))
		kind++;
	return kind;
}

bool is_filled(const char *s)
{
	return *s;
}

bool is_absolute(const char *s)
{
	return *s == '/';
}

bool is_one_line(const char *s)
{
	return !strchr(s, '\n');
}

/* Says it once: what has the wrong type is also missing, and was reported as the former. */
static void report(const struct check *c, const struct rule *r, const void *value,
		   const char *member, const char *text)
{
	size_t before = c->found->n;
	auto_free char *start = text ? strndup(text, QUOTED_MAX) : NULL;
	auto_free char *quoted = start ? json_quote(start) : NULL;

	finding_add(c->arena, c->found, c->doc, value, member, r->warning, "%s%s%s", r->sentence,
		    quoted ? ", is " : "", quoted ? quoted : "");
	for (size_t i = 0; i < before && before < c->found->n; i++)
		if (!strcmp(c->found->v[i].pointer, c->found->v[before].pointer) &&
		    !c->found->v[i].warning)
			c->found->n--;
}

static void check_keys(const struct check *c, const struct rule *r, const struct field *f,
		       const void *map)
{
	const LIST(char) *list = map;

	for (size_t i = 0; i < list->n; i++) {
		const void *item = list->v + i * f->type->size;

		if (!r->key(*(char *const *)item))
			report(c, r, item, NULL, NULL);
	}
}

static void check_texts(const struct check *c, const struct rule *r, const struct field *f,
			const void *object)
{
	const void *member = (const char *)object + f->offset;
	const LIST(char *) *list = member;
	const char *text;

	if (f->shape == JSON_PLAIN) {
		text = *(char *const *)member;
		if (text && !r->text(text))
			report(c, r, object, f->key, text);
		return;
	}
	for_each (item, list)
		if (*item && !r->text(*item))
			report(c, r, item, NULL, *item);
}

static void check_rule(const struct check *c, const struct rule *r, const void *object)
{
	const struct field *f = r->type->fields;

	if (r->object) {
		if (!r->object(c, object))
			report(c, r, object, r->member, NULL);
		return;
	}
	while (strcmp(f->key, r->member))
		f++;
	if (r->key)
		check_keys(c, r, f, (const char *)object + f->offset);
	else
		check_texts(c, r, f, object);
}

static void check_object(const struct check *c, const struct type *t, const void *object)
{
	static const struct rule *const tables[] = {
		config_rules, linux_rules, resource_rules, seccomp_rules,
	};

	for (size_t i = 0; i < countof(tables); i++)
		for (const struct rule *r = tables[i]; r->type; r++)
			if (r->type == t)
				check_rule(c, r, object);
}

/* The object, then the objects in it: as deep as the tables, which do not recur. */
static void walk(const struct check *c, const struct type *t, const void *object)
{
	check_object(c, t, object);
	for (const struct field *f = t->fields; f->key; f++) {
		const void *member = (const char *)object + f->offset;
		const LIST(char) *list = member;

		if (f->type->kind != JSON_OBJECT || f->flags & ALIAS)
			continue;
		if (f->shape == JSON_POINTER) {
			if (*(void *const *)member)
				walk(c, f->type, *(void *const *)member);
			continue;
		}
		for (size_t i = 0; i < list->n; i++)
			walk(c, f->type, list->v + i * f->type->size);
	}
}

void spec_validate(struct arena *a, const struct config *config, findings *found)
{
	const struct oci_namespace *ns[NS_KINDS + 1] = { 0 };
	struct check c = { a, &config->doc, found, ns };

	if (config->spec.linux) {
		for_each (n, &config->spec.linux->namespaces) {
			enum ns kind = ns_of(n->type);

			ns[kind] = ns[kind] ? ns[kind] : n;
		}
	}
	walk(&c, &type_oci_spec, &config->spec);
}

void spec_validate_part(struct arena *a, const struct json_doc *doc, const struct type *t,
			const void *part, findings *found)
{
	const struct oci_namespace *ns[NS_KINDS + 1] = { 0 };
	struct check c = { a, doc, found, ns };

	walk(&c, t, part);
}
