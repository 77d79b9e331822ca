/* SPDX-License-Identifier: Apache-2.0 */
/* Loading a shared library when it is first needed. */
#include "load.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "hull/dir.h"
#include "hull/sys.h"

#ifdef HULL_DYNAMIC
/* Seen from the file that was executed: as it is after make, and as it is installed. */
static void dynamic_execute(char **argv)
{
	static const char *const places[] = { "hull-dynamic", "../libexec/hull/hull-dynamic" };
	const char *name = (const char *)getauxval(AT_EXECFN);
	const char *end = name ? strrchr(name, '/') : NULL;
	auto_arena struct arena a = { 0 };

	for (size_t i = 0; end && i < countof(places); i++)
		execv(arena_printf(&a, "%.*s/%s", (int)(end - name), name, places[i]), argv);
	execv(HULL_DYNAMIC, argv);
}

struct err *self_able_to_load(void)
{
	auto_free char *words = NULL;
	auto_free char **argv = NULL;
	size_t size, n = 0;
	struct err *err = path_read("/proc/self/cmdline", &words, &size);

	if (err)
		return err;
	argv = xmalloc((size + 1) * sizeof(*argv));
	for (char *at = words; at < words + size; at += strlen(at) + 1)
		argv[n++] = at;
	argv[n] = NULL;
	dynamic_execute(argv);
	return err_set(err_sys("execve", HULL_DYNAMIC), ERR_HINT,
		       "this hull is linked statically and needs hull-dynamic to load libraries: "
		       "make install installs it");
}
#else
struct err *self_able_to_load(void)
{
	return NULL;
}
#endif

struct err *library_load(const char *soname, const struct symbol *symbols, void *to)
{
	/* Never by a path: the system's directories, as for what is linked. */
	void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return err_set(err_new(ENOENT, "load %s: %s", soname, dlerror()), ERR_HINT,
			       "install the package that holds %s", soname);
	for (const struct symbol *s = symbols; s->name; s++) {
		void *address = dlsym(library, s->name);

		if (!address) {
			struct err *err = err_new(ENOENT, "load %s: %s", soname, dlerror());

			dlclose(library);
			return err;
		}
		*(void **)((char *)to + s->offset) = address;
	}
	return NULL;
}
