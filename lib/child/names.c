/* SPDX-License-Identifier: Apache-2.0 */
/* Host name, domain name, the loopback device: what new namespaces begin without. */
#include "child.h"

#include <sched.h>
#include <string.h>

#include "../run/meet.h"
#include "../run/sync.h"
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

/* Who has made it apart sees to this, too. */
struct err *loopback_set(const struct plan *plan, struct live *live)
{
	return plan->ns.make & CLONE_NEWNET && !network_apart(plan, live) ? loopback_up() : NULL;
}

struct err *network_enter(const struct plan *plan, struct live *live)
{
	auto_fd int fd = -1;
	struct err *err;

	if (!network_apart(plan, live) || live->in_network)
		return NULL;
	err = sync_take(live->sync, "network", &fd);
	if (!err)
		err = namespace_join(fd, CLONE_NEWNET, "the new network namespace");
	live->in_network = !err;
	return err;
}
