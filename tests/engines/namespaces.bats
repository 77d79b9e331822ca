#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Namespaces, networks and cgroups.
load helpers

@test "by default everything but users is the container's own" {
	probe
	for ns in ipc mnt net pid uts; do
		check ".ns.$ns != \"$(ours $ns)\""
	done
	check ".ns.user == \"$(ours user)\"" '.pid == 1'
}

@test "--pid host" {
	probe --pid host
	check ".ns.pid == \"$(ours pid)\"" '.pid > 1'
}

@test "--pid container:, --ipc container:, --network container:" {
	up --ipc shareable
	probe --pid "container:$NAME" --ipc "container:$NAME" --network "container:$NAME"
	pid=$(inspect .State.Pid)
	for ns in ipc net pid; do
		check ".ns.$ns == \"$(readlink "/proc/$pid/ns/$ns")\""
	done
	check '.pid > 1' ".ns.uts != \"$(ours uts)\""
}

@test "--pid container: of one that is gone" {
	up -- true
	ended
	box --pid "container:$NAME" -- true
	expect fail
}

@test "--ipc host, --uts host" {
	[ -d /dev/mqueue ] || by_root "is given the host's /dev/mqueue, which this machine does not have"
	probe --ipc host --uts host
	check ".ns.ipc == \"$(ours ipc)\"" ".ns.uts == \"$(ours uts)\""
}

@test "--ipc: /dev/shm is shared with a container of the same" {
	up --ipc shareable
	engine exec "$NAME" sh -c 'echo words >/dev/shm/file'
	box --ipc "container:$NAME" -- cat /dev/shm/file
	expect 0 '^words$'
}

@test "--hostname" {
	box --hostname abc.example -- hostname
	expect 0 '^abc.example$'
}

@test "--cgroupns private and host" {
	probe --cgroupns private
	check '.cgroup | index("0::/") != null'
	probe --cgroupns host
	check '.cgroup | index("0::/") == null'
}

@test "--cgroup-parent" {
	[ "${CGROUPS:-cgroupfs}" = cgroupfs ] || skip "a path is for cgroupfs only"
	up --cgroup-parent "${ROOTLESS_TREE-}/parent.of.$NAME"
	[[ $(grep ^0: "/proc/$(inspect .State.Pid)/cgroup") = "0::${ROOTLESS_TREE-}"/parent.of.$NAME/*$CID* ]]
	engine rm -f "$NAME" >/dev/null
	# The parent was Podman's, or nobody's, to remove.
	find "/sys/fs/cgroup${ROOTLESS_TREE-}/parent.of.$NAME" -depth -type d -exec rmdir {} + 2>/dev/null || true
}

@test "the container has a cgroup of its own, which goes with it" {
	up
	at=$(sed -n s/^0:://p "/proc/$(inspect .State.Pid)/cgroup")
	[[ $at = *$CID* ]]
	[ -d "/sys/fs/cgroup$at" ]
	engine rm -f "$NAME" >/dev/null
	[ ! -d "/sys/fs/cgroup$at" ]
}

# ---- networks ----

# The host's ends of pairs.
links() {
	ip -o link | grep -c veth || true
}

links_are() {
	[ "$(links)" = "$1" ]
}

@test "--network none: nothing but lo, which is up" {
	box --network none --cap-add NET_RAW -- sh -c 'ip -o link; ping -c 1 127.0.0.1 >/dev/null && echo up'
	expect 0 ' lo' up
	expect_no eth0
}

@test "--network host" {
	probe --network host
	check ".ns.net == \"$(ours net)\""
}

@test "the engine's bridge: an address, and the way to another container" {
	by_root "has no bridge"
	up -- nc -ll -p 80 -e echo reached
	at=$(inspect 'range .NetworkSettings.Networks}}{{.IPAddress}}{{end')
	[ "$at" ] || at=$(inspect .NetworkSettings.IPAddress)
	box -- sh -c "ip -o addr show eth0; nc -w 3 $at 80"
	expect 0 eth0 reached
}

@test "-p: a port of the host" {
	network_wanted
	up -p 127.0.0.1:8099:80 -- nc -ll -p 80 -e echo reached
	reached() { busybox nc -w 3 127.0.0.1 8099 </dev/null | grep -q reached; }
	eventually reached
}

@test "the bridge's end goes with the container" {
	by_root "has no bridge"
	before=$(links)
	up
	links_are $((before + 1))
	engine rm -f "$NAME" >/dev/null
	eventually links_are "$before"
}

@test "a failed start leaves no network behind" {
	before=$(links)
	box -- nosuchprogram
	expect 127
	eventually links_are "$before"
}
