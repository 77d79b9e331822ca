#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Configurations as Docker, Podman and containerd wrote them (tests/data/config).
# Changed is what exists only on the engine's host: the root, the sources of bind
# mounts, namespaces by path, AppArmor profiles; and the program. Limits whose
# controller this host keeps from cgroup2 must be a clear error, and are taken out
# then, which the test tells.
load helpers

# engine NAME SCRIPT: a bundle $B of that configuration with a shell script as its program
engine() {
	local from=$HERE/../data/config/$1.json
	B=$W/$ID
	mkdir -p "$B/host"
	cp -al "$SUITE/root" "$B/rootfs"
	sources "$from"
	jq --arg script "$2" --arg host "$B/host" '
		.root.path = "rootfs" | .process.args = ["/bin/sh", "-c", $script] |
		.process.terminal = false | del(.process.apparmorProfile, .process.selinuxLabel, .linux.mountLabel) |
		(.mounts[] | select((.options // []) | any(. == "bind" or . == "rbind")) | .source) |= $host + . |
		(.linux.namespaces[] | select(.path)) |= del(.path)' <"$from" >"$B/config.json"
	user=$(jq -r '"\(.process.user.uid):\(.process.user.gid)"' "$B/config.json")
	ours
}

# The bind sources of the engine's host: files by the names of files, otherwise directories.
sources() {
	local path
	jq -r '.mounts[] | select((.options // []) | any(. == "bind" or . == "rbind")) | .source' "$1" |
	while read -r path; do
		mkdir -p "$B/host/${path%/*}"
		case ${path##*/} in
		shm | tmp) mkdir -p "$B/host/$path" ;;
		*) echo "from the host: ${path##*/}" >"$B/host/$path" ;;
		esac
	done
}

# A root that the container's root may write to, where ids are mapped.
ours() {
	local uid gid
	uid=$(jq '[.linux.uidMappings[]? | select(.containerID == 0) | .hostID][0] // 0' "$B/config.json")
	gid=$(jq '[.linux.gidMappings[]? | select(.containerID == 0) | .hostID][0] // 0' "$B/config.json")
	chown -hR "$uid:$gid" "$B/rootfs" "$B/host"
}

# A systemd path is as good as any other here, where there is no systemd.
plain_path() {
	reconfigure '.linux.cgroupsPath |= (if . then "/engine-" + gsub("[:/]"; "-") else . end)'
}

# Raising a hard limit needs CAP_SYS_RESOURCE, which not every test machine gives.
limits_of_ours() {
	if ! setpriv --dump | grep -qi 'bounding.*sys_resource'; then
		reconfigure 'if .process.rlimits then .process.rlimits |= map(.hard = ([.hard, $n] | min) |
			.soft = ([.soft, .hard] | min)) else . end' --argjson n 1024
		reconfigure 'if (.process.oomScoreAdj // 0) < 0 then del(.process.oomScoreAdj) else . end'
	fi
}

# run_engine NAME SCRIPT: runs it. While a limit fails for lack of a controller, the
# error must name one that this host does lack; that limit is taken out, and no other.
run_engine() {
	local c
	engine "$@"
	plain_path
	limits_of_ours
	for _ in memory cpu pids io; do
		run_hull run -b "$B" "$ID"
		[[ $status = 1 && $output =~ controller\ (memory|cpu|pids|io)\ (belongs\ to\ cgroup\ v1|in\ the\ cgroup2) ]] || return 0
		c=${BASH_REMATCH[1]}
		! controller "$c" || complain "the controller $c is there"
		reconfigure 'if $c == "io" then del(.linux.resources.blockIO) else del(.linux.resources[$c]) end' \
			--arg c "$c"
		echo "# $BATS_TEST_DESCRIPTION: this host lacks a controller, limits taken out: $c" >&3
	done
	run_hull run -b "$B" "$ID"
}

tell='echo id=$(id -u):$(id -g); echo pid=$$; echo host=$(hostname); touch /dev/shm/x && echo shm; echo x >/dev/null && echo null'

@test "docker: default" {
	run_engine docker-default "$tell; cat /etc/resolv.conf; grep -c masked /dev/null; wc -c </proc/kcore; /bin/probe syscall-try 1000"
	expect 1 'id=0:0' 'pid=1' 'host=29351276b9c7' 'shm' 'null' 'from the host: resolv.conf' 'ENOSYS'
}

@test "docker: privileged" {
	local all
	all=$(sed -n 's/^CapBnd:\t//p' /proc/self/status)
	bundle unused .
	run_engine docker-privileged "$tell; grep Cap /proc/self/status; mount -t tmpfs x /mnt && echo mounted"
	[ "$status" = 0 ] || {
		# Some machines do not give all capabilities: then the runtime must say which.
		[ "$all" != 000001ffffffffff ]
		expect fail 'CAP_|capabilit'
		return 0
	}
	expect 0 'id=0:0' 'mounted' 'null'
}

@test "podman: default" {
	run_engine podman-default "$tell; cat /run/.containerenv /etc/hosts; /bin/probe open-try /proc/sys/vm/swappiness 1"
	expect 1 'id=0:0' 'pid=1' 'host=916140a72013' 'shm' 'null' 'from the host: .containerenv' \
		'from the host: hosts' 'EROFS'
}

@test "podman: detached" {
	run_engine podman-detached "$tell; umask"
	expect 0 'id=0:0' 'pid=1' 'shm' '0022'
}

@test "podman: limits and a user namespace, read-only" {
	run_engine podman-limits-userns "$tell; cat /proc/self/uid_map; touch /x; touch /tmp/x && echo tmp"
	expect 0 'id=0:0' 'pid=1' 'host=hh' '100000' 'Read-only' 'tmp'
}

@test "podman: rootless, keep-id" {
	run_engine podman-rootless-keepid "$tell; cat /proc/self/uid_map"
	expect 0 'id=1000:1000' 'pid=1' 'null'
}

@test "podman: rootless, limits" {
	run_engine podman-rootless-limits "$tell"
	expect 0 'id=0:0' 'pid=1' 'shm'
}

@test "containerd: default" {
	run_engine containerd-default "$tell; grep -c . /proc/self/mountinfo; ulimit -n"
	expect 0 'id=0:0' 'pid=1' 'shm' '1024$'
}

@test "containerd: systemd path, limits, read-only" {
	run_engine containerd-systemd-limits "$tell; touch /x; touch /run/x && echo run"
	expect 0 'id=0:0' 'pid=1' 'Read-only' 'run'
}

@test "podman: the process of an exec is a process document that can be run" {
	local doc=$HERE/../data/config/podman-exec-process.json
	bundle b '.process = ($p[0] | .terminal = false | .args = ["/bin/probe", "probe"] |
		del(.apparmorProfile, .selinuxLabel, .rlimits))' --slurpfile p "$doc"
	run_hull run -b "$B" "$ID"
	expect 0
	printf '%s\n' "$output" >probe.json
	check ".uid[0] == $(jq '.user.uid // 0' "$doc")"
}
