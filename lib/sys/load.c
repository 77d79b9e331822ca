/* SPDX-License-Identifier: Apache-2.0 */
/* Loading a shared library when it is first needed. */
#include "load.h"

#include <dlfcn.h>
#include <errno.h>

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
