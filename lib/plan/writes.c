/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written to the files of the cgroup, looked at as a whole: every
 * file needs a controller that this host has, and none is set twice to
 * different values, by two properties or by linux.resources.unified.
 */
#include "resources.h"

#include <stdlib.h>
#include <string.h>

/* ---- controllers ---- */

/* "cpu" in "cpu,cpuacct memory"; @name need not end with NUL. */
static bool has_name(const char *list, const char *name, size_t len)
{
	while (list && *list) {
		size_t n = strcspn(list, " ,");

		if (n == len && !strncmp(list, name, len))
			return true;
		list += n + (list[n] != 0);
	}
	return false;
}

/* cgroup-v2.rst: files of the core, and those of pressure, which are there without a controller. */
static bool is_core_file(const char *file)
{
	const char *end = strrchr(file, '.');

	return !strncmp(file, "cgroup.", 7) || (end && !strcmp(end, ".pressure"));
}

/* Nothing is lost if the file does not exist: it asks for what the kernel does anyway. */
bool write_is_neutral(const struct cgroup_write *w)
{
	return w->unset && !strcmp(w->value, w->unset);
}

static void controller_check(struct planner *p, const struct cgroup_write *w)
{
	const struct host *host = p->host;
	size_t len = strcspn(w->file, ".");

	if (write_is_neutral(w) || is_core_file(w->file) ||
	    has_name(host->cgroup_controllers, w->file, len))
		return;
	if (has_name(host->cgroup_v1, w->file, len))
		refuse(p, w->from, w->member,
		       "%s cannot be set: on this host the controller %.*s belongs to cgroup v1, "
		       "which hull does not use; boot with systemd.unified_cgroup_hierarchy=1 or "
		       "cgroup_no_v1=all",
		       w->file, (int)len, w->file);
	else
		refuse(p, w->from, w->member,
		       "%s cannot be set: there is no controller %.*s in the cgroup2 hierarchy at "
		       "%s (which has: %s)",
		       w->file, (int)len, w->file, host->cgroup_root,
		       *host->cgroup_controllers ? host->cgroup_controllers : "none");
}

static void controllers_check(struct planner *p)
{
	const struct cgroup_write *last = NULL;

	for_each (w, &p->plan->cgroup.writes) {
		/* What one property needs in several files is one finding. */
		if (!last || w->from != last->from || w->member != last->member)
			controller_check(p, w);
		last = w;
	}
}

/* ---- contradictions ---- */

/* A value, as far as it is compared: the key of "8:0 rbps=1 wbps=2", and what follows. */
struct setting {
	const char *key, *words;
	size_t key_len;
};

/* Of io.weight and the like, "100" is "default 100"; other files have no keys, or always one. */
static struct setting setting_of(const char *value)
{
	size_t len = strcspn(value, " ");
	bool keyed = value[len] && (memchr(value, ':', len) || strspn(value, "0123456789") != len);

	if (keyed && strcmp(value, "max") && strncmp(value, "max ", 4))
		return (struct setting){ value, value + len + strspn(value + len, " "), len };
	return (struct setting){ "default", value, strlen("default") };
}

/* As the kernel reads sizes (memparse): 1G is 1073741824. */
static bool number_read(const char *text, size_t len, unsigned long long *number)
{
	static const char units[] = "kmgtpe";
	char *end;
	const char *unit;

	*number = strtoull(text, &end, 10);
	if (end == text)
		return false;
	unit = *end && *end != ' ' ? strchr(units, *end | 0x20) : NULL;
	if (unit) {
		*number <<= 10 * (unit - units + 1);
		end++;
	}
	return end == text + len;
}

static bool word_is_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned long long x, y;

	if (a_len == b_len && !strncmp(a, b, a_len))
		return true;
	return number_read(a, a_len, &x) && number_read(b, b_len, &y) && x == y;
}

/* "wbps=2" among "rbps=1 wbps=2": what @b says of the same name must be the same. */
static bool pairs_agree(const char *a, const char *b)
{
	for (; *a; a += strcspn(a, " "), a += strspn(a, " ")) {
		size_t len = strcspn(a, " "), name = strcspn(a, " =") + 1;

		for (const char *w = b; *w; w += strcspn(w, " "), w += strspn(w, " "))
			if (!strncmp(a, w, name) &&
			    !word_is_same(a + name, len - name, w + name, strcspn(w, " ") - name))
				return false;
	}
	return true;
}

/* cpu.max: "5000" says nothing about the period in "5000 100000". */
static bool words_agree(const char *a, const char *b)
{
	if (strchr(a, '='))
		return pairs_agree(a, b);
	for (; *a && *b; a += strspn(a, " "), b += strspn(b, " ")) {
		size_t a_len = strcspn(a, " "), b_len = strcspn(b, " ");

		if (!word_is_same(a, a_len, b, b_len))
			return false;
		a += a_len;
		b += b_len;
	}
	return true;
}

static bool values_agree(const char *file, const char *one, const char *other)
{
	struct setting x = setting_of(one), y = setting_of(other);

	if (!strcmp(one, other))
		return true;
	if (!strncmp(file, "cpuset.", 7))
		return cpu_list_holds(one, other) && cpu_list_holds(other, one);
	return x.key_len != y.key_len || strncmp(x.key, y.key, x.key_len) ||
	       words_agree(x.words, y.words);
}

/* Where in the configuration the value stands. */
static const char *place_of(const struct planner *p, const struct cgroup_write *w)
{
	findings f = { 0 };

	finding_add(p->arena, &f, &p->config->doc, w->from, w->member, false, "%s", "");
	return f.v[0].pointer;
}

static void contradiction_check(struct planner *p, const struct cgroup_write *w,
				const struct cgroup_write *before)
{
	const char *value = before->value;

	if (strcmp(w->file, before->file)) {
		if (!before->other_file || strcmp(w->file, before->other_file))
			return;
		value = before->other_value;
	}
	if (!values_agree(w->file, w->value, value))
		refuse(p, w->from, w->member,
		       "would set %s to \"%s\", but %s sets it to \"%s\": leave one of them out",
		       w->file, w->value, place_of(p, before), value);
}

void writes_check(struct planner *p)
{
	const struct cgroup_write *first = p->plan->cgroup.writes.v;

	for_each (w, &p->plan->cgroup.writes)
		for (const struct cgroup_write *before = first; before < w; before++)
			contradiction_check(p, w, before);
	if (p->host->cgroup_controllers)
		controllers_check(p);
}
