/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record on disk. Later versions of hull may add members, which this one
 * ignores; they raise the schema only if an older one must keep off. What is
 * read decides what is killed and removed, so it is not believed blindly.
 */
#include "hull/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hull/make.h"
#include "hull/str.h"

static const char file_name[] = "state.json";

/*
 * A symbolic link, made when the program has been executed, whose text is what
 * a list shows of a container until it ends: none of that changes any more. It
 * is made, and read, by one system call.
 */
static const char brief_name[] = "brief";
enum { BRIEF_MAX = 1023 }; /* bytes; XFS keeps no longer links */

#define S struct record
/* clang-format off */
static const struct field record_fields[] = {
	F(S, schema,		"schema",		REQUIRED),
	F(S, id,		"id",			REQUIRED),
	F(S, bundle,		"bundle",		REQUIRED),
	F(S, rootfs,		"rootfs",		REQUIRED),
	F(S, created,		"created",		REQUIRED),
	F(S, uid,		"uid",			REQUIRED),
	F(S, boot_id,		"bootId",		REQUIRED),
	F(S, phase,		"phase",		REQUIRED),
	F(S, pid,		"pid",			0),
	F(S, start_time,	"startTime",		0),
	F(S, pidfd_id,		"pidfdId",		0),
	F(S, started,		"started",		0),
	F(S, cgroup_manager,	"cgroupManager",	0),
	F(S, unit,		"unit",			0),
	F(S, unit_user,		"unitUser",		0),
	F(S, cgroup,		"cgroup",		0),
	F(S, cgroup_id,		"cgroupId",		0),
	F(S, cgroup_sub,	"cgroupSub",		0),
	F(S, cgroup_existed,	"cgroupExisted",	0),
	F(S, cgroup_idle,	"cgroupIdle",		0),
	F(S, cgroup_parents,	"cgroupParents",	0),
	F(S, rdt_group,		"rdtGroup",		0),
	F(S, rdt_made,		"rdtMade",		0),
	F(S, rdt_monitor,	"rdtMonitor",		0),
	F(S, private_pidns,	"privatePidns",		0),
	F(S, private_mounts,	"privateMounts",	0),
	F(S, keep,		"keep",			0),
	F(S, ended,		"ended",		0),
	F(S, exit_status,	"exitStatus",		0),
	F(S, exit_signal,	"exitSignal",		0),
	F(S, oom_killed,	"oomKilled",		0),
	F_OBJ(S, hooks,		"hooks",		oci_hooks, 0),
	F_MAP(S, annotations,	"annotations",		json_pair, 0),
	{ 0 }
};
/* clang-format on */
#undef S
OBJECT(record, record_fields);

static bool leads_up(const char *path)
{
	size_t len;

	for (; *path; path += len, path += *path == '/') {
		len = strcspn(path, "/");
		if (len == 2 && !strncmp(path, "..", len))
			return true;
	}
	return false;
}

/* An absolute path without "..": what is below it is removed. */
static bool is_plain_path(const char *path)
{
	return *path == '/' && !leads_up(path);
}

static struct err *record_check(const char *id, const struct record *r)
{
	if (r->schema == 0)
		return err_new(EINVAL, "schema 0");
	if (strcmp(r->id, id))
		return err_new(EINVAL, "it is of another container, %s", r->id);
	if (strcmp(r->phase, "creating") && strcmp(r->phase, "created"))
		return err_new(EINVAL, "unknown phase %s", r->phase);
	if (r->pid < 0 || r->pid == 1)
		return err_new(EINVAL, "impossible pid %d", r->pid);
	if (r->cgroup && !is_plain_path(r->cgroup))
		return err_new(EINVAL, "impossible cgroup %s", r->cgroup);
	if (r->cgroup_sub && (*r->cgroup_sub == '/' || leads_up(r->cgroup_sub)))
		return err_new(EINVAL, "impossible cgroup %s", r->cgroup_sub);
	if (r->rdt_group && !is_plain_path(r->rdt_group))
		return err_new(EINVAL, "impossible resctrl group %s", r->rdt_group);
	if (r->rdt_monitor && !is_plain_path(r->rdt_monitor))
		return err_new(EINVAL, "impossible monitoring group %s", r->rdt_monitor);
	return NULL;
}

/* The schema alone: a newer one may have changed the type of anything else. */
struct schema { uint32_t schema; };

static const struct field schema_fields[] = {
	F(struct schema, schema, "schema", 0),
	{ 0 }
};
static OBJECT(schema, schema_fields);

static struct err *schema_check(const char *text, size_t size)
{
	auto_arena struct arena a = { 0 };
	struct schema found = { 0 };
	auto_err struct err *err = json_load(&a, file_name, text, size, &type_schema, &found);

	if (err || found.schema <= RECORD_SCHEMA)
		return NULL;
	return err_set(err_new(ENOTSUP, "written by a newer hull (schema %u, this one knows %d)",
			       found.schema, RECORD_SCHEMA),
		       ERR_HINT, "use the hull that made the container");
}

/* ROOT/ID/state.json, which is @rel in @d. */
static struct err *load(struct arena *a, const struct dir *d, const char *rel, const char *id,
			struct record *r)
{
	auto_free char *text = NULL;
	struct record loaded = { 0 };
	size_t size;
	struct err *err = dir_read_at_once(d, rel, &text, &size);

	if (err)
		return err;
	err = json_load(a, file_name, text, size, &type_record, &loaded);
	if (err || loaded.schema > RECORD_SCHEMA) {
		struct err *newer = schema_check(text, size);

		if (newer) {
			err_free(err);
			err = newer;
		}
	}
	if (!err)
		err = record_check(id, &loaded);
	if (err)
		return err_set(err_add(err, "record of container %s", id), ERR_PATH, "%s/%s",
			       d->path, rel);
	*r = loaded;
	return NULL;
}

struct err *record_save(const struct store *s, const struct record *r)
{
	auto_free char *text = json_encode(&type_record, r, JSON_COMPACT);

	return dir_replace(&s->dir, file_name, text, strlen(text));
}

/* ROOT/ID/brief, which is @rel in @d, says whether the program was executed. */
static struct err *load_all(struct arena *a, const struct dir *d, const char *rel,
			    const char *brief, const char *id, struct record *r)
{
	struct err *err = load(a, d, rel, id, r);

	if (!err)
		r->executed = r->started && link_text(a, d, brief);
	return err;
}

struct err *record_load(struct arena *a, const struct store *s, struct record *r)
{
	return load_all(a, &s->dir, file_name, brief_name, s->id, r);
}

/* The root is ours alone, and so is what is in it: no step on this way can be another's. */
struct err *record_peek(struct arena *a, const struct dir *root, const char *id, struct record *r)
{
	const struct dir below = { -1, id };
	auto_free char *rel = dir_name(&below, file_name);
	auto_free char *brief = dir_name(&below, brief_name);

	return load_all(a, root, rel, brief, id, r);
}

/* ---- the brief ---- */

enum { PID, UID, CREATED, BOOT, CGROUP, BUNDLE, LINES };

/* Of a container whose cgroup does not tell whether it lives, no more than that. */
static const char *brief_of(struct arena *a, const struct record *r)
{
	const char *text = "executed";

	if (record_lives_in_cgroup(r) && !strchr(r->cgroup, '\n'))
		text = arena_printf(a, "%d\n%u\n%s\n%s\n%s\n%s", r->pid, r->uid, r->created,
				    r->boot_id, r->cgroup, r->bundle);
	return strlen(text) <= BRIEF_MAX ? text : "executed";
}

struct err *record_executed(const struct store *s, struct record *r)
{
	auto_arena struct arena a = { 0 };

	r->executed = true;
	return link_make(&s->dir, brief_name, brief_of(&a, r), false);
}

bool record_brief(struct arena *a, const struct dir *root, const char *id, struct record *r)
{
	auto_free char *rel = dir_name(&(struct dir){ -1, id }, brief_name);
	char *rest = link_text(a, root, rel), *line[LINES];
	uint64_t pid, uid;

	for (int i = 0; i < LINES; i++) {
		line[i] = i < BUNDLE ? strsep(&rest, "\n") : rest;
		if (!line[i])
			return false;
	}
	if (!str_number(line[PID], INT32_MAX, &pid) || pid < 2 ||
	    !str_number(line[UID], UINT32_MAX, &uid) || !is_plain_path(line[CGROUP]))
		return false;
	*r = (struct record){
		.id = arena_strdup(a, id),
		.pid = (int32_t)pid,
		.uid = (uint32_t)uid,
		.created = line[CREATED],
		.boot_id = line[BOOT],
		.cgroup = line[CGROUP],
		.bundle = line[BUNDLE],
		.phase = arena_strdup(a, "created"),
		.started = true,
		.executed = true,
		.private_pidns = true,
	};
	return true;
}
