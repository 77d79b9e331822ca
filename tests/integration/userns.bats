#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# User namespaces made by root: id maps, devices, sources out of the container's reach.
load helpers

userns='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
	.linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'

# A root that belongs to the container's root.
owned() {
	bundle "$ID" "$userns | $1" "${@:2}"
	chown -hR 100000:200000 "$B/rootfs"
}

@test "maps: as configured" {
	probe "$userns"' | .process.user = {uid: 5, gid: 6, additionalGids: [7]}'
	check '.uid_map[0] | test("^ *0 +100000 +65536$")' '.gid_map[0] | test("^ *0 +200000 +65536$")' \
	      '.uid == [5, 5, 5]' '.gid == [6, 6, 6]' '(.groups - [6]) == [7]' '.ns.user != null'
}

@test "maps: several lines" {
	probe '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1},
				      {containerID: 1, hostID: 100000, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings'
	check '.uid_map | length == 2' '.uid_map[1] | test("^ *1 +100000 +1000$")' \
	      '.mounts | length > 5'
}

@test "maps: on the host the program has the mapped id" {
	started "$userns"
	[ "$(stat -c %u:%g "/proc/$(pid_of)")" = 100000:200000 ]
}

@test "maps: an id that is not mapped is refused" {
	container "$userns"' | .process.user = {uid: 70000, gid: 0}' /bin/probe true
	expect fail '70000|uid'
}

@test "maps: without a user namespace they are refused" {
	container '.linux.uidMappings = [{containerID: 0, hostID: 1, size: 1}]' /bin/probe true
	expect fail 'uidMappings'
}

@test "a root below a directory of root's alone is an error that says so" {
	bundle "$ID" "$userns"
	chmod 700 "$B"
	run_hull run -b "$B" "$ID"
	expect fail 'rootfs: open .*/rootfs: permission denied.*/root/path\].*search what is above it'
	chmod 711 "$B"
	run_hull run -b "$B" "$ID"
	expect 0
}

@test "maps: overlapping ones are refused" {
	container '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 10}, {containerID: 5, hostID: 2000, size: 10}] |
		.linux.gidMappings = [{containerID: 0, hostID: 1000, size: 10}]' /bin/probe true
	expect fail
}

@test "root of the container: owns its files, makes new ones, cannot touch the host's" {
	owned '.process.args = ["/bin/sh", "-c", "touch /mine && stat -c %u:%g /mine /bin"]'
	run_hull run -b "$B" "$ID"
	expect 0 '^0:0
0:0$'
	[ "$(stat -c %u:%g "$B/rootfs/mine")" = 100000:200000 ]
	bundle other "$userns"' | .process.args = ["/bin/probe", "open-try", "/mine", "0101"]'
	run_hull run -b "$B" "$ID"
	expect fail 'EACCES'
}

@test "devices: bound from the host, usable" {
	shell "$userns" 'for d in null zero full random urandom tty; do stat -c "%n %t:%T" /dev/$d; done
		echo x >/dev/null && head -c 4 /dev/zero | wc -c'
	expect 0 '/dev/null 1:3' '/dev/zero 1:5' '/dev/full 1:7' '/dev/random 1:8' '/dev/urandom 1:9' \
		'/dev/tty 5:0' '
4$'
}

@test "devices: a configured one is bound too" {
	mkdir nodes
	mknod nodes/x c 1 3
	container "$userns"' | .linux.devices = [{path: "/dev/fuse", type: "c", major: 1, minor: 3}]' \
		/bin/probe stat /dev/fuse
	# Only what the host has under that name can be bound.
	[ "$status" != 0 ] || [[ $output = *"1:3"* || $output = *"10:229"* ]]
}

@test "bind: a source in a directory that the container cannot search" {
	mkdir -m 700 private
	echo text >private/file
	chmod 644 private/file
	owned ".mounts += [{destination: \"/m\", type: \"bind\", source: \"$W/private/file\",
		options: [\"bind\", \"ro\"]}] | .process.args = [\"/bin/probe\", \"cat\", \"/m\"]"
	run_hull run -b "$B" "$ID"
	expect 0 '^text$'
}

@test "the other namespaces belong to the user namespace" {
	container "$userns"' | .process.capabilities |= map_values(["CAP_SYS_ADMIN", "CAP_NET_ADMIN"])' \
		/bin/sh -c 'hostname new && hostname && mount -t tmpfs x /tmp && echo mounted'
	expect 0 '^new
mounted$'
}

@test "idmap: like the container's user namespace" {
	mkdir src
	touch src/file
	chmod 755 src
	owned ".mounts += [{destination: \"/m\", type: \"none\", source: \"$W/src\",
		options: [\"bind\", \"idmap\"]}] | .process.args = [\"/bin/probe\", \"stat\", \"/m/file\"]"
	run_hull run -b "$B" "$ID"
	expect 0 ' 0:0 '
}

@test "capabilities are of the user namespace alone" {
	container "$userns"' | .process.capabilities |= map_values(["CAP_SYS_ADMIN", "CAP_MKNOD"])' \
		/bin/probe mknod-try /tmp/x c 1 3
	expect fail 'EPERM'
}

@test "golden: the whole of a container with a user namespace" {
	umask 022
	bundle "$ID" "$userns"' | .process.env = ["PATH=/bin", "TERM=xterm"] | .process.args = ["/bin/probe", "probe"]'
	run_hull run -b "$B" "$ID"
	expect 0
	printf '%s\n' "$output" >"$W/probe.json"
	golden userns
}
