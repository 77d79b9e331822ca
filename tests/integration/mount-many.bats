#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Thousands of mounts, masks, devices: they work, in time that grows with their number, and
# without a descriptor for each.
load helpers

userns='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
	.linux.gidMappings = .linux.uidMappings'

# took FILTER: milliseconds of a run
took() {
	local start
	bundle many "$1"
	chmod 755 "$W" "$B"
	chown -h 100000:100000 "$B/rootfs/tmp"
	start=$(date +%s%N)
	run_hull run -b "$B" "$ID"
	MS=$((($(date +%s%N) - start) / 1000000))
	rm -rf "$B"
	[ "$status" = 0 ] || { head -c 500 <<<"$output"; return 1; }
}

# grows FILTER: with $n from 1000 to 4000 the time grows at most as much, but for noise
grows() {
	local n ms=()
	for n in 1000 2000 4000; do
		took "$n as \$n | $1"
		ms+=("$MS")
	done
	echo "1000, 2000, 4000: ${ms[*]} ms; ratio $((ms[2] * 100 / ms[0]))/100" >&3
	[ $((ms[2])) -lt $((ms[0] * 10 + 500)) ]
}

tmpfs='.mounts += [range($n) | {destination: "/tmp/\(.)", type: "tmpfs", source: "x"}]'
bind=".mounts += [range(\$n) | {destination: \"/tmp/\\(.)\", type: \"none\", source: \"/etc/passwd\", options: [\"bind\", \"ro\"]}]"
masked='.linux.maskedPaths = [range($n) | "/proc/sys/../sys/./kernel/\(.)", "/tmp/\(.)"]'
devices='.linux.devices = [range($n) | {path: "/dev/d/\(.)", type: "c", major: 1, minor: .}]'

@test "time grows with the number: tmpfs" {
	grows "$tmpfs"
}

@test "time grows with the number: bind mounts" {
	grows "$bind"
}

@test "time grows with the number: bind mounts in a user namespace" {
	grows "$userns | $bind"
}

@test "time grows with the number: masked paths" {
	grows "$masked"
}

@test "time grows with the number: devices" {
	grows "$devices"
}

@test "time grows with the number: devices in a user namespace" {
	grows "$userns | $devices"
}

@test "ten thousand mounts, ten thousand variables" {
	took "10000 as \$n | $tmpfs | .process.env = [range(10000) | \"V\(.)=x\"]"
	took "10000 as \$n | $bind"
}

@test "ten thousand mounts that the parent opens, and few descriptors" {
	[ "$(ulimit -Hn)" -gt 11000 ] || skip "the hard limit on descriptors is $(ulimit -Hn)"
	ulimit -Sn 300
	took "10000 as \$n | $userns | $bind | .process.rlimits = [] |
		.process.args = [\"/bin/sh\", \"-c\", \"ulimit -Sn; ls /proc/self/fd | wc -l\"]"
	[ "${output%%
*}" = 300 ]
	took "10000 as \$n | $userns | $bind | .process.rlimits = [{type: \"RLIMIT_NOFILE\", soft: 64, hard: 64}] |
		.process.args = [\"/bin/sh\", \"-c\", \"ulimit -Sn\"]"
	[ "$output" = 64 ]
}

@test "more of them than descriptors can be had: an error that says so" {
	bundle many "1000 as \$n | $userns | $bind"
	ulimit -n 300
	run_hull run -b "$B" "$ID"
	expect fail 'too many open files' 'raise the hard limit' 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
}

@test "twenty thousand masked directories are one tmpfs, and few descriptors" {
	bundle many '.linux.maskedPaths = [range(20000) | "/var/\(.)"] | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 64}] |
		.process.args = ["/bin/sh", "-c", "cut -d\" \" -f3,5 /proc/self/mountinfo | grep \" /var/\" >/dev/them; grep -c . /dev/them; cut -d\" \" -f1 /dev/them | uniq | wc -l; ls -A /var/19999"]'
	(cd "$B/rootfs/var" && seq 0 19999 | xargs mkdir)
	run_hull run -b "$B" "$ID"
	expect 0 '^20000
1$'
}
