/* SPDX-License-Identifier: Apache-2.0 */
/* Host name, domain name, the loopback device: what new namespaces begin without. */
#include "child.h"

#include <sched.h>
#include <string.h>

#include "hull/sys.h"

struct err *names_set(const struct plan *plan, struct live *live)
{
	const char *host = plan->spec->hostname, *domain = plan->spec->domainname;
	struct err *err = NULL;

	(void)live;
	if (host && *host && sethostname(host, strlen(host)) < 0)
		err = err_at(err_sys("sethostname", host), plan->doc, plan->spec, "hostname");
	if (!err && domain && *domain && setdomainname(domain, strlen(domain)) < 0)
		err = err_at(err_sys("setdomainname", domain), plan->doc, plan->spec, "domainname");
	return err;
}

struct err *loopback_set(const struct plan *plan, struct live *live)
{
	(void)live;
	return plan->ns.make & CLONE_NEWNET ? loopback_up() : NULL;
}
