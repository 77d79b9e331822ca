#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# An ordinary user whose commands come from outside of what his systemd manages:
# a session of ssh, cron, su. Only systemd may move processes between the two.
# variants: root-systemd
load helpers

tester() {
	setpriv --reuid=1000 --regid=1000 --init-groups env HOME=/home/tester \
		XDG_RUNTIME_DIR=/run/user/1000 "$@" 3>&-
}

# hull as tester, from root's part of the tree
theirs() {
	tester timeout --foreground -k 2 $((30 * SLOW)) "$HULL" --root /run/user/1000/hull-test \
		--systemd-cgroup "$@"
}

# What is started by the first who needs it is no remainder of a test.
setup() {
	tester systemctl --user --quiet start dbus.service
	tester systemd-run --user --quiet --scope --slice=user.slice true
	test_begin
	T=$(tester mktemp -d /var/tmp/hull-tester.XXXXXX)
	cp -a "$SUITE/root" "$T/rootfs"
	tester "$HULL" spec --rootless --bundle "$T"
}

teardown() {
	theirs delete --force "$ID"
	rm -rf "$T" /run/user/1000/hull-test
	test_end
}

# theirs_created FILTER: a created container of tester's; $P is its process
theirs_created() {
	tester jq '.process.terminal = false | .process.args = ["/bin/probe", "pause"] | '"$1" "$T/config.json" >c
	cat c >"$T/config.json"
	theirs create --bundle "$T" "$ID" </dev/null
	P=$(theirs state "$ID" | jq .pid)
}

cgroup_of() {
	sed -n 's/^0:://p' "/proc/$1/cgroup"
}

@test "the container is his, the limits hold" {
	theirs_created '.linux.resources = {pids: {limit: 50}, memory: {limit: 67108864}, cpu: {shares: 512}}'
	[[ $(cgroup_of "$P") = */user@1000.service/user.slice/hull-$ID.scope ]]
	[ "$(cat "/sys/fs/cgroup$(cgroup_of "$P")/pids.max")" = 50 ]
	[ "$(tester systemctl --user show -p MemoryMax --value "hull-$ID.scope")" = 67108864 ]
	theirs start "$ID"
	theirs pause "$ID"
	theirs resume "$ID"
	theirs delete --force "$ID"
	[ ! -e "/proc/$P" ]
}

@test "exec: in the container's cgroup from the first moment" {
	theirs_created .
	theirs start "$ID"
	[ "$(theirs exec "$ID" cat /proc/self/cgroup)" = 0::/ ]
	theirs exec --detach --pid-file "$T/pid" "$ID" sleep 1000
	[ "$(cgroup_of "$(<"$T/pid")")" = "$(cgroup_of "$P")" ]
}

@test "exec: in a cgroup below, where the process is" {
	theirs_created '.annotations = {"run.oci.systemd.subgroup": "payload"}'
	theirs start "$ID"
	[[ $(cgroup_of "$P") = */hull-$ID.scope/payload ]]
	theirs exec --detach --pid-file "$T/pid" "$ID" sleep 1000
	[ "$(cgroup_of "$(<"$T/pid")")" = "$(cgroup_of "$P")" ]
}

@test "in a user namespace of his own, as root of that" {
	theirs_created '(.linux.uidMappings, .linux.gidMappings)[0].hostID = 1000'
	theirs delete --force "$ID"
	sed -i 's/"hostID": 1000/"hostID": 0/' "$T/config.json"
	# As podman unshare makes it: mapped ids, the same bus.
	tester unshare --user --map-root-user --mount timeout --foreground -k 2 $((30 * SLOW)) "$HULL" \
		--root /run/user/1000/hull-test --systemd-cgroup create --bundle "$T" "$ID" </dev/null
	P=$(theirs state "$ID" | jq .pid)
	[[ $(cgroup_of "$P") = */user@1000.service/user.slice/hull-$ID.scope ]]
}
