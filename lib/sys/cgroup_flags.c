/* SPDX-License-Identifier: Apache-2.0 */
/* Flags of the cgroup2 hierarchy, as /proc/self/mountinfo tells them. */
#include "cgroup_flags.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "hull/dir.h"

/* Of the initial cgroup namespace, in every kernel (PROC_CGROUP_INIT_INO). */
#define INIT_CGROUPNS_INODE 0xEFFFFFFBU

/* "... - cgroup2 SOURCE OPTIONS": no name in there has a blank. All mounts of it have the same. */
static char *options_of(char *mountinfo)
{
	static const char type[] = " - cgroup2 ";
	char *at = strstr(mountinfo, type);

	if (!at)
		return NULL;
	at += sizeof(type) - 1;
	at[strcspn(at, "\n")] = 0;
	at = strchr(at, ' ');
	return at ? at + 1 : NULL;
}

/* Without what the mount API, or a security module, shows among them. */
static bool is_flag(const char *option)
{
	return strcmp(option, "rw") && strcmp(option, "ro") && strcmp(option, "seclabel") &&
	       !strchr(option, '=');
}

struct err *cgroup_flags_find(char **flags)
{
	auto_free char *text = NULL;
	char *option, *rest;
	size_t size;
	FILE *out;
	struct stat st;
	struct err *err = path_stat("/proc/self/ns/cgroup", &st);

	*flags = NULL;
	if (err || st.st_ino != INIT_CGROUPNS_INODE)
		return err;
	err = path_read("/proc/self/mountinfo", &text, NULL);
	if (err)
		return err;
	rest = options_of(text);
	out = open_memstream(flags, &size);
	while ((option = strsep(&rest, ",")))
		if (is_flag(option))
			fprintf(out, "%s%s", ftell(out) ? "," : "", option);
	fclose(out);
	return NULL;
}
