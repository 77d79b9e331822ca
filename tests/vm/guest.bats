#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# That the guest is what the other files need, and that containers live in it.
load helpers

@test "all controllers, a systemd that is up" {
	local c wanted=(cpuset cpu io memory pids)
	[ "$USER" != root ] || wanted+=(hugetlb rdma misc)
	for c in "${wanted[@]}"; do
		grep -qw "$c" "/sys/fs/cgroup$CGROUP/cgroup.controllers" || { echo "no $c"; false; }
	done
	[ "$(manager is-system-running)" = running ] || { manager --failed; false; }
}

@test "a container runs, has a cgroup of its own, and leaves nothing" {
	started 'del(.linux.cgroupsPath)'
	[[ $(place) == "$CGROUP"/* || $DRIVER = systemd ]]
	[ "$(cgroup cgroup.procs)" = "$(pid_of)" ]
	hull delete --force "$ID"
}
