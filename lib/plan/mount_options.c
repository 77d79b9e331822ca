/* SPDX-License-Identifier: Apache-2.0 */
/* mounts[].options: the words of config.md, "Linux mount options", and what each asks for. */
#include "mount_options.h"

#include <linux/mount.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>

#include "rooms.h"

enum what {
	ATTR,				/* MOUNT_ATTR_* of the mount */
	TREE,				/* the same of all mounts below it too */
	FLAG,				/* of the file system, by the same word in fsconfig(2) */
	PROPAGATION,			/* MS_* */
	MARK,				/* a bool */
	NOTHING,			/* asks for nothing that could be done */
	FSTAB,				/* known to mount(8), not to the specification; as NOTHING */
};

struct option {
	const char *word;
	enum what what;
	uint64_t set, clear;
	size_t mark;			/* its place in struct mount_words */
};

#define ATIME	 MOUNT_ATTR__ATIME
#define MARKS(m) MARK, .mark = offsetof(struct mount_words, m)

/*
 * The times of access are one choice, not flags: the last word wins and ends
 * all others. What the kernel does by default is relatime; it knows no way to
 * ask for "not relatime".
 *
 * silent only quietens the kernel's log and iversion is the file systems' own
 * choice since Linux 6.1: fsconfig(2) has no word for either.
 */
/* clang-format off */
static const struct option options[] = {
	{ "ro",		   ATTR, MOUNT_ATTR_RDONLY,	 0 },
	{ "rw",		   ATTR, 0, MOUNT_ATTR_RDONLY },
	{ "nosuid",	   ATTR, MOUNT_ATTR_NOSUID,	 0 },
	{ "suid",	   ATTR, 0, MOUNT_ATTR_NOSUID },
	{ "nodev",	   ATTR, MOUNT_ATTR_NODEV,	 0 },
	{ "dev",	   ATTR, 0, MOUNT_ATTR_NODEV },
	{ "noexec",	   ATTR, MOUNT_ATTR_NOEXEC,	 0 },
	{ "exec",	   ATTR, 0, MOUNT_ATTR_NOEXEC },
	{ "nosymfollow",   ATTR, MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "symfollow",	   ATTR, 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "nodiratime",	   ATTR, MOUNT_ATTR_NODIRATIME,	 0 },
	{ "diratime",	   ATTR, 0, MOUNT_ATTR_NODIRATIME },
	{ "relatime",	   ATTR, MOUNT_ATTR_RELATIME,	 ATIME },
	{ "norelatime",	   ATTR, MOUNT_ATTR_RELATIME,	 ATIME },
	{ "atime",	   ATTR, MOUNT_ATTR_RELATIME,	 ATIME },
	{ "noatime",	   ATTR, MOUNT_ATTR_NOATIME,	 ATIME },
	{ "strictatime",   ATTR, MOUNT_ATTR_STRICTATIME, ATIME },
	{ "nostrictatime", ATTR, MOUNT_ATTR_RELATIME,	 ATIME },

	{ "rro",	    TREE, MOUNT_ATTR_RDONLY,	  0 },
	{ "rrw",	    TREE, 0, MOUNT_ATTR_RDONLY },
	{ "rnosuid",	    TREE, MOUNT_ATTR_NOSUID,	  0 },
	{ "rsuid",	    TREE, 0, MOUNT_ATTR_NOSUID },
	{ "rnodev",	    TREE, MOUNT_ATTR_NODEV,	  0 },
	{ "rdev",	    TREE, 0, MOUNT_ATTR_NODEV },
	{ "rnoexec",	    TREE, MOUNT_ATTR_NOEXEC,	  0 },
	{ "rexec",	    TREE, 0, MOUNT_ATTR_NOEXEC },
	{ "rnosymfollow",   TREE, MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "rsymfollow",	    TREE, 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "rnodiratime",    TREE, MOUNT_ATTR_NODIRATIME,  0 },
	{ "rdiratime",	    TREE, 0, MOUNT_ATTR_NODIRATIME },
	{ "rrelatime",	    TREE, MOUNT_ATTR_RELATIME,	  ATIME },
	{ "rnorelatime",    TREE, MOUNT_ATTR_RELATIME,	  ATIME },
	{ "ratime",	    TREE, MOUNT_ATTR_RELATIME,	  ATIME },
	{ "rnoatime",	    TREE, MOUNT_ATTR_NOATIME,	  ATIME },
	{ "rstrictatime",   TREE, MOUNT_ATTR_STRICTATIME, ATIME },
	{ "rnostrictatime", TREE, MOUNT_ATTR_RELATIME,	  ATIME },

	{ "sync",	FLAG, .set = 1 },
	{ "async",	FLAG },
	{ "dirsync",	FLAG, .set = 1 },
	{ "lazytime",	FLAG, .set = 1 },
	{ "nolazytime",	FLAG },
	{ "mand",	FLAG, .set = 1 },
	{ "nomand",	FLAG },

	{ "shared",	 PROPAGATION, MS_SHARED },
	{ "rshared",	 PROPAGATION, MS_SHARED | MS_REC },
	{ "slave",	 PROPAGATION, MS_SLAVE },
	{ "rslave",	 PROPAGATION, MS_SLAVE | MS_REC },
	{ "private",	 PROPAGATION, MS_PRIVATE },
	{ "rprivate",	 PROPAGATION, MS_PRIVATE | MS_REC },
	{ "unbindable",	 PROPAGATION, MS_UNBINDABLE },
	{ "runbindable", PROPAGATION, MS_UNBINDABLE | MS_REC },

	{ "bind",	   MARKS(bind) },
	{ "rbind",	   MARKS(action.recursive) },
	{ "remount",	   MARKS(remount) },
	{ "idmap",	   MARKS(idmap) },
	{ "ridmap",	   MARKS(action.map_tree) },
	{ "tmpcopyup",	   MARKS(action.copy_up) },
	{ "copy-symlink",  MARKS(action.copy_symlink) },	/* this and the next two: as crun */
	{ "src-nofollow",  MARKS(action.source_nofollow) },
	{ "dest-nofollow", MARKS(action.target_nofollow) },

	{ "defaults",	NOTHING },
	{ "silent",	NOTHING },
	{ "loud",	NOTHING },
	{ "iversion",	NOTHING },
	{ "noiversion",	NOTHING },

	{ "auto",	FSTAB },
	{ "noauto",	FSTAB },
	{ "nofail",	FSTAB },
	{ "_netdev",	FSTAB },
	{ "user",	FSTAB },
	{ "nouser",	FSTAB },
	{ "users",	FSTAB },
	{ "nousers",	FSTAB },
	{ "owner",	FSTAB },
	{ "noowner",	FSTAB },
	{ "group",	FSTAB },
	{ "nogroup",	FSTAB },
	{ 0 }
};
/* clang-format on */

static const struct option *option_find(const char *word)
{
	for (const struct option *o = options; o->word; o++)
		if (!strcmp(o->word, word))
			return o;
	return NULL;
}

/* mount(8): comments for other programs, never for the kernel. */
static bool is_comment(const char *word)
{
	return !strncmp(word, "x-", 2) || !strncmp(word, "X-", 2) || !strncmp(word, "comment=", 8);
}

static void attrs_apply(const struct option *o, uint64_t *set, uint64_t *clear)
{
	*set = (*set & ~o->clear) | o->set;
	*clear = (*clear & ~o->set) | o->clear;
}

/* One "key=value" without the quotes around the value, which only mount(2) needs. */
static char *data_word(struct arena *a, const char *word, size_t len)
{
	char *copy = arena_strndup(a, word, len);
	char *value = strstr(copy, "=\"");

	if (value && len && copy[len - 1] == '"' && &value[2] <= &copy[len - 1]) {
		copy[len - 1] = 0;
		memmove(value + 1, value + 2, strlen(value + 2) + 1);
	}
	return copy;
}

/* mount(2) takes all data as one string, so a word may hold several; in quotes commas are text. */
static void data_add(struct arena *a, struct mount_action *m, const char *words)
{
	const char *start = words;
	bool quoted = false;

	for (const char *c = words;; c++) {
		if (*c == '"')
			quoted = !quoted;
		if (*c && (*c != ',' || quoted))
			continue;
		if (c > start)
			*list_add(a, &m->data) = data_word(a, start, (size_t)(c - start));
		if (!*c)
			return;
		start = c + 1;
	}
}

static void word_apply(struct arena *a, char *word, struct mount_words *w)
{
	const struct option *o = option_find(word);
	struct mount_action *m = &w->action;

	if (!o) {
		if (!is_comment(word))
			data_add(a, m, word);
		return;
	}
	switch (o->what) {
	case ATTR:
		attrs_apply(o, &m->set, &m->clear);
		break;
	case TREE:
		attrs_apply(o, &m->tree_set, &m->tree_clear);
		break;
	case FLAG:
		*list_add(a, &w->flags) = word;
		w->superblock |= o->set;
		break;
	case PROPAGATION:
		*list_add(a, &m->propagation) = o->set;
		break;
	case MARK:
		*(bool *)((char *)w + o->mark) = true;
		break;
	case NOTHING:
	case FSTAB:
		break;
	}
}

static int word_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void mount_words_parse(struct arena *a, const struct oci_mount *from, struct mount_words *w)
{
	for_each (word, &from->options)
		word_apply(a, *word, w);
	w->bind |= w->action.recursive;
	w->idmap |= w->action.map_tree;
}

const char *mount_attr_word(uint64_t *set, uint64_t *clear, bool tree)
{
	for (const struct option *o = options; o->word; o++) {
		if (o->what != (tree ? TREE : ATTR))
			continue;
		/* Among the access times the one that is set counts, relatime if none is. */
		if (o->clear == ATIME ? (*set & ATIME) == o->set && ((*set | *clear) & ATIME)
				      : (*set & o->set) || (*clear & o->clear)) {
			*set &= ~(o->set | o->clear);
			*clear &= ~(o->set | o->clear);
			return o->word;
		}
	}
	return NULL;
}

bool mount_propagation_value(const char *word, unsigned long *value)
{
	const struct option *o = option_find(word);

	if (!o || o->what != PROPAGATION)
		return false;
	*value = o->set;
	return true;
}

const char *mount_propagation_word(unsigned long value)
{
	for (const struct option *o = options; o->word; o++)
		if (o->what == PROPAGATION && o->set == value)
			return o->word;
	return NULL;
}

const char *const *mount_option_words(struct arena *a)
{
	LIST(const char *) words = { 0 };

	for (const struct option *o = options; o->word; o++)
		if (o->what != FSTAB)
			*list_add(a, &words) = o->word;
	qsort(words.v, words.n, sizeof(*words.v), word_compare);
	return words.v;
}
