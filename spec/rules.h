/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPEC_RULES_H
#define SPEC_RULES_H

#include "tables.h"

/*
 * What the text of the specification demands beyond names and types. A rule
 * is about one member of one kind of object, wherever such an object stands;
 * exactly one of its predicates is set and says whether all is well. The
 * words in brackets (VER-02) name the requirement, as the tests do. Names
 * that the plan looks up anyway (capabilities, limits, system calls, mount
 * options, …) have no rule: the plan refuses what it does not find.
 */
struct check {
	struct arena *arena;
	const struct json_doc *doc;
	findings *found;
	const struct oci_namespace *const *ns;	/* by enum ns; see namespace_of() */
};

struct rule {
	const struct type *type;
	const char *member;
	const char *sentence;
	bool (*text)(const char *s);		/* of every string that the member is or has */
	bool (*key)(const char *s);		/* of every name in the member, which is a map */
	bool (*object)(const struct check *c, const void *object);
	bool warning;
};

/* One table per document; each ends with a NULL type. */
extern const struct rule config_rules[], linux_rules[], resource_rules[], seccomp_rules[];

/* linux.namespaces[].type */
enum ns { NS_MOUNT, NS_PID, NS_NETWORK, NS_UTS, NS_IPC, NS_USER, NS_CGROUP, NS_TIME, NS_KINDS };

enum ns ns_of(const char *type);	/* NS_KINDS: there is no such type */

/* The entry for a namespace of the container's own (the first one), or NULL. */
static inline const struct oci_namespace *namespace_of(const struct check *c, enum ns kind)
{
	return c->ns[kind];
}

/* Predicates that several documents need. */
bool is_filled(const char *s);
bool is_absolute(const char *s);
bool is_one_line(const char *s);

#endif
