/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hull features`: what this build can do, whatever host it runs on. The lists
 * are the tables that do the work, so none can name what hull does not know.
 */
#include "hull/hull.h"

#include <string.h>

#include "hull/plan.h"

static const char *const hooks[] = {
	"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
	NULL
};

/*
 * Annotations of a configuration that change what hull does: features.md wants
 * all of them. What ends with a dot is the beginning of many.
 */
/* clang-format off */
static const char *const unsafe_annotations[] = {
	"org.systemd.property.",
	"run.oci.delegate-cgroup", "run.oci.keep_original_groups", "run.oci.mount_context_type",
	"run.oci.systemd.subgroup", NULL
};
/* clang-format on */

/* Fills a LIST(char *), which shares the words. */
#define words_set(list, words)	((list)->n = words_count(words), (list)->v = (char **)(words))

static size_t words_count(const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

static const char *const *names_of(struct arena *a, const struct name_value *table)
{
	LIST(const char *) names = { 0 };

	for (; table->name; table++)
		*list_add(a, &names) = table->name;
	return names.v;
}

static const char *const *namespace_types(struct arena *a)
{
	LIST(const char *) types = { 0 };

	for (const struct ns_kind *kind = ns_kinds; kind->type; kind++)
		*list_add(a, &types) = kind->type;
	return types.v;
}

static struct oci_enabled *enabled(struct arena *a, bool yes)
{
	struct oci_enabled *e = arena_new(a, struct oci_enabled);

	e->enabled = yes;
	return e;
}

static struct oci_features_seccomp *seccomp_make(struct arena *a)
{
	struct oci_features_seccomp *s = arena_new(a, struct oci_features_seccomp);

	s->enabled = true;
	words_set(&s->actions, names_of(a, seccomp_actions));
	words_set(&s->operators, names_of(a, seccomp_operators));
	words_set(&s->archs, seccomp_archs);
	words_set(&s->known_flags, names_of(a, seccomp_flags));
	/* hull loads the filter itself, so that none of them depends on libseccomp. */
	words_set(&s->supported_flags, names_of(a, seccomp_flags));
	return s;
}

static struct oci_features_memory_policy *memory_policy_make(struct arena *a)
{
	struct oci_features_memory_policy *m = arena_new(a, struct oci_features_memory_policy);

	words_set(&m->modes, names_of(a, memory_policy_modes));
	words_set(&m->flags, names_of(a, memory_policy_flags));
	return m;
}

static struct oci_features_linux *linux_make(struct arena *a)
{
	struct oci_features_linux *l = arena_new(a, struct oci_features_linux);

	words_set(&l->namespaces, namespace_types(a));
	words_set(&l->capabilities, capability_names(a));
	l->cgroup = arena_new(a, struct oci_features_cgroup);
	l->cgroup->v2 = l->cgroup->systemd = l->cgroup->systemd_user = true;
	l->cgroup->rdma = true;
	l->seccomp = seccomp_make(a);
	l->apparmor = enabled(a, true);
	l->selinux = enabled(a, true);
	l->intel_rdt = arena_new(a, struct oci_features_intel_rdt);
	*l->intel_rdt = (struct oci_features_intel_rdt){ true, true, true };
	l->memory_policy = memory_policy_make(a);
	l->mount_extensions = arena_new(a, struct oci_mount_extensions);
	l->mount_extensions->idmap = enabled(a, true);
	l->net_devices = enabled(a, true);
	return l;
}

static void annotation_add(struct arena *a, struct oci_features *f, const char *key,
			   const char *value)
{
	*list_add(a, &f->annotations) = (struct json_pair){ (char *)key, (char *)value };
}

static void features_make(struct arena *a, struct oci_features *f)
{
	*f = (struct oci_features){
		.version_min = (char *)OCI_VERSION_MIN,
		.version_max = (char *)OCI_VERSION,
		.linux = linux_make(a),
	};
	words_set(&f->hooks, hooks);
	words_set(&f->mount_options, mount_option_words(a));
	words_set(&f->potentially_unsafe_annotations, unsafe_annotations);
	annotation_add(a, f, "io.github.seccomp.libseccomp.version", hull_seccomp_version());
	annotation_add(a, f, "run.hull.version", HULL_VERSION);
}

/* Doubles each line's indentation: this document has steps of four. */
static char *indent_double(const char *json)
{
	char *wide = xmalloc(2 * strlen(json) + 1), *to = wide;

	while (*json) {
		size_t indent = strspn(json, " ");
		size_t line = strcspn(json, "\n");

		line += json[line] == '\n';
		memset(to, ' ', indent);
		memcpy(to + indent, json, line);
		to += indent + line;
		json += line;
	}
	*to = 0;
	return wide;
}

const char *hull_spec_version(void)
{
	return OCI_VERSION;
}

const char *hull_seccomp_version(void)
{
	return seccomp_library_version();
}

struct err *hull_features(char **json)
{
	auto_arena struct arena a = { 0 };
	auto_free char *text = NULL;
	struct oci_features features;

	features_make(&a, &features);
	text = json_encode(&type_oci_features, &features, JSON_INDENT);
	*json = indent_double(text);
	return NULL;
}
