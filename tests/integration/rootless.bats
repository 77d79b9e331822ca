#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers of an ordinary user. Root runs these tests as uid 1000.
load helpers

setup() {
	if [ "$(id -u)" != 0 ]; then
		AS=(env)
		NAME=$(id -un)
	else
		command -v setpriv >/dev/null || skip "no setpriv"
		mountpoint -q /etc/subuid || user_here
		NAME=$(getent passwd 1000 | cut -d: -f1)
		AS=(setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all --bounding-set=-all)
	fi
	test_begin
	mkdir -p "$STATE"
	[ "$(id -u)" != 0 ] || chown 1000:1000 "$W" "$STATE"
	"${AS[@]}" unshare --user true 2>/dev/null || {
		test_end
		skip "user namespaces are not for ordinary users here (user.max_user_namespaces, AppArmor)"
	}
}

# A user 1000 with sub-ids, in copies of the files that only this test sees.
user_here() {
	local f name
	for f in passwd group subuid subgid; do
		touch /etc/$f
		cp /etc/$f "$SUITE/$f"
		mount --bind "$SUITE/$f" /etc/$f
	done
	getent passwd 1000 >/dev/null || {
		echo 'tester:x:1000:1000::/:/bin/sh' >>/etc/passwd
		echo 'tester:x:1000:' >>/etc/group
	}
	name=$(getent passwd 1000 | cut -d: -f1)
	for f in subuid subgid; do
		grep -q "^$name:" /etc/$f || echo "$name:100000:65536" >>/etc/$f
	done
}

hull() {
	timeout --foreground -k 2 $((30 * SLOW)) "${AS[@]}" "$HULL" --root "$STATE" "$@" 3>&-
}

# rootless FILTER COMMAND...: with the configuration that `spec --rootless` writes
rootless() {
	local filter=$1
	shift
	mkdir -p "$W/b"
	cp -al "$SUITE/root" "$W/b/rootfs"
	[ "$(id -u)" != 0 ] || chown 1000:1000 "$W/b"
	hull spec --rootless --bundle "$W/b"
	B=$W/b
	[ "$(id -u)" != 0 ] || chown -hR 1000:1000 "$W/b"
	jq '.process.terminal = false | .root.path = "rootfs" | .root.readonly = false |
		.hostname = "test" | .process.args = $ARGS.positional | '"$filter" \
		--args -- "$@" <"$B/config.json" >"$W/new"
	cat "$W/new" >"$B/config.json"
	run_hull run -b "$B" "$ID"
}

@test "run, as root of the container" {
	rootless . /bin/sh -c 'id -u; id -g; hostname; echo $$'
	expect 0 '^0
0
test
1$'
}

@test "a map of one id" {
	rootless . /bin/probe cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups
	expect 0 "^ *0 +$("${AS[@]}" id -u) +1
 *0 +$("${AS[@]}" id -g) +1
deny"
}

@test "new files belong to the user" {
	rootless . /bin/sh -c 'echo text >/new'
	expect 0
	[ "$(stat -c %u "$B/rootfs/new")" = "$("${AS[@]}" id -u)" ]
}

@test "devices, proc, sys, tmpfs" {
	rootless . /bin/sh -c 'echo x >/dev/null && ls /proc/self >/dev/null && ls /sys/class >/dev/null &&
		touch /dev/shm/x && echo fine'
	expect 0 '^fine$'
}

@test "create, state, start, kill, delete" {
	rootless '.process.args = ["/bin/probe", "true"]' x
	expect 0
	reconfigure '.process.args = ["/bin/probe", "pause"]'
	run_hull create -b "$B" "$ID"
	expect 0
	state_is created
	# Without CAP_SYS_ADMIN we have executed the copy; only root may look.
	[ "$(id -u)" != 0 ] || [[ $(readlink "/proc/$(hull state "$ID" | jq .pid)/exe") = "/memfd:hull"* ]]
	hull start "$ID"
	state_is running
	hull kill "$ID" KILL
	eventually state_is stopped
	run_hull delete "$ID"
	expect 0 '^$'
}

@test "root of a namespace that the user made, as rootless Podman is: the records are the user's" {
	AS+=(unshare --user --map-root-user --mount env XDG_RUNTIME_DIR="$W/run")
	hull() {
		timeout --foreground -k 2 $((30 * SLOW)) "${AS[@]}" "$HULL" "$@" 3>&-
	}
	rootless . /bin/sh -c 'id -u'
	expect 0 '^0$'
	run_hull create -b "$B" "$ID"
	expect 0
	[ -d "$W/run/hull/$ID" ]
	state_is created
	run_hull delete "$ID"
	expect 0 '^$'
	[ ! -e "$W/run/hull/$ID" ]
}

@test "where groups may not be set: the process's own is no other, one more is an error" {
	local same='del(.linux.namespaces[] | select(.type == "user")) | del(.linux.uidMappings, .linux.gidMappings)'
	AS+=(unshare --user --map-root-user --mount env XDG_RUNTIME_DIR="$W/run")
	rootless "$same | .process.user.additionalGids = [0]" /bin/sh -c 'id -g'
	expect 0 '^0$'
	reconfigure '.process.user.additionalGids = [0, 5]'
	run_hull run -b "$B" "$ID"
	expect fail 'setgroups: operation not permitted \(EPERM\)' /process/user/additionalGids
}

@test "sysctl with the host's pids, where no procfs can be made" {
	rootless 'del(.linux.namespaces[] | select(.type == "pid")) | .linux.namespaces += [{type: "network"}] |
		.linux.sysctl = {"net.ipv4.ip_forward": "1"} | (.mounts[] | select(.destination == "/proc")) =
			{destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]}' \
		/bin/probe cat /proc/sys/net/ipv4/ip_forward
	expect 0 '^1$'
}

@test "a range of ids, by newuidmap" {
	need "newuidmap is not installed" command -v newuidmap
	need "no sub-ids for $NAME" grep -q "^$NAME:" /etc/subuid
	if [ "$(id -u)" = 0 ]; then
		# An empty bounding set takes the set-uid program's power.
		AS=(setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all)
	fi
	local first
	first=$(grep "^$NAME:" /etc/subuid | cut -d: -f2)
	rootless . /bin/probe true
	expect 0
	reconfigure --argjson u "$("${AS[@]}" id -u)" --argjson s "$first" '
		.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}, {containerID: 1, hostID: $s, size: 100}] |
		.linux.gidMappings = .linux.uidMappings | .process.user = {uid: 7, gid: 8} |
		.process.args = ["/bin/probe", "probe"]'
	run_hull run -b "$B" "$ID"
	expect 0 '"uid":\[7,7,7\]' '"gid":\[8,8,8\]'
}

@test "the host's network, when no network namespace is asked for" {
	rootless '.linux.namespaces |= map(select(.type != "network")) |
		.mounts |= map(if .type == "sysfs" then {destination: "/sys", type: "none", source: "/sys",
		options: ["rbind", "nosuid", "noexec", "nodev", "ro"]} else . end)' \
		/bin/probe probe
	expect 0 "$(readlink /proc/self/ns/net | tr -cd 0-9)"
}

@test "another user's container is out of reach" {
	[ "$(id -u)" = 0 ] || skip "needs two users"
	rootless '.process.args = ["/bin/probe", "true"]' x
	run_hull kill none
	expect fail 'does not exist'
	chown 0:0 "$STATE"
	chmod 700 "$STATE"
	run_hull create -b "$B" "$ID"
	expect fail 'permission denied|EACCES'
	chmod 755 "$STATE"
	chown 1000:1000 "$STATE"
}

@test "a limit without a delegated cgroup is an error, not silence" {
	local own
	own=$(sed -n 's/^0:://p' /proc/self/cgroup)
	! "${AS[@]}" test -w "/sys/fs/cgroup$own/cgroup.procs" || skip "the caller's cgroup is delegated"
	rootless '.linux.resources = {pids: {limit: 10}}' /bin/probe true
	expect fail 'pids|cgroup'
}

@test "golden: the whole of a rootless container" {
	[ "$(id -u)" = 0 ] || skip "the caller's groups and mounts may be any"
	rootless '.process.env = ["PATH=/bin", "TERM=xterm"]' /bin/probe probe
	expect 0
	printf '%s\n' "$output" >"$W/probe.json"
	golden rootless
}
