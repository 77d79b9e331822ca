/* SPDX-License-Identifier: Apache-2.0 */
/* What --version prints. Engines read it line by line. */
#include "cmd.h"

#include <string.h>

/*
 * The name that leads the first line. hull is often installed in the place of
 * runc or crun; go-runc then wants "runc version ", and podman looks for its
 * runtime's name. Nothing else depends on how the program was called.
 */
static const char *name_of(const char *self)
{
	const char *slash = self ? strrchr(self, '/') : NULL;
	const char *name = slash ? slash + 1 : self;

	return name && (!strcmp(name, "runc") || !strcmp(name, "crun")) ? name : "hull";
}

void version_print(const char *self)
{
	printf("%s version %s\n", name_of(self), HULL_VERSION);
#ifdef HULL_COMMIT
	printf("commit: %s\n", HULL_COMMIT);
#endif
	printf("spec: %s\n", hull_spec_version());
	printf("libseccomp: %s\n", hull_seccomp_version());
	/* As crun: what can be asked for. */
	puts("+SELINUX +APPARMOR +CAP +SECCOMP +EBPF +YAJL");
}
