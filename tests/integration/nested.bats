#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The runtime in a container of its own: for root, and in user namespaces within user namespaces.
load helpers

userns='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
	.linux.gidMappings = .linux.uidMappings'
inner_userns='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1000}] |
	.linux.gidMappings = .linux.uidMappings'
bare='.linux.maskedPaths = [] | .linux.readonlyPaths = []'

# nested OUTER-FILTER INNER-FILTER SCRIPT: a container that runs hull, whose container runs the script
nested() {
	bundle inner '.process.args = ["/bin/sh", "-c", $s] | .process.capabilities |= map_values(. + ["CAP_MKNOD"]) | '"$2" --arg s "$3"
	chmod 755 "$W" "$B"
	mv "$B" inner.tmp
	bundle "$ID" '.process.args = ["/hull", "--root", "/tmp/state", "run", "-b", "/bundle", "inner"] |
		.process.capabilities |= map_values($caps) | .process.rlimits = [] |
		.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end) |
		.mounts += [("/usr", "/lib", "/lib64") | {destination: ., type: "none", source: ., options: ["rbind", "ro"]}] |
		.mounts += [{destination: "/hull", type: "none", source: $hull, options: ["bind", "ro"]},
			    {destination: "/run", type: "tmpfs", source: "x"}] | '"$1" \
		--arg hull "$HULL" --argjson caps "$(hull features | jq -c .linux.capabilities)"
	mv inner.tmp "$B/rootfs/bundle"
	[[ $1 != *userns* ]] && [[ $1 != *100000* ]] || chown -hR 100000:100000 "$B/rootfs"
	chmod 755 "$B"
	run_hull run -b "$B" "$ID"
}

SEE='id -u; hostname; echo $$; probe stat /dev/null /dev/tty; echo x >/dev/null && ls /sys/class/net; touch /dev/shm/x && echo fine'

@test "root in root" {
	nested "$bare" . "$SEE"
	expect 0 '^0
test
1
/dev/null char 0666 0:0 1:3
/dev/tty char 0666 0:0 5:0
lo
fine$'
}

@test "root in root, with masks: the host's procfs is not ours to uncover" {
	nested . . "$SEE; wc -c </proc/keys"
	expect 0 'fine
0$'
}

@test "a user namespace in root" {
	nested "$bare" "$userns" "$SEE"
	expect 0 '^0
test
1
/dev/null char 0666 0:0 1:3' 'fine$'
}

@test "root of a user namespace: devices are bound, everything else is as ever" {
	nested "$userns | $bare" . "$SEE"
	expect 0 '^0
test
1
/dev/null char 0666 0:0 1:3
/dev/tty char 0666 0:0 5:0
lo
fine$'
}

@test "root of a user namespace on the host's network, to which there is no way back" {
	nested "$userns | $bare | .linux.namespaces |= map(select(.type != \"network\"))" \
		'del(.mounts[] | select(.type == "sysfs" or .type == "cgroup"))' 'id -u; ip -o link | wc -l; echo fine'
	expect 0 '^0
1
fine$'
}

@test "a user namespace in a user namespace" {
	nested "$userns | $bare" "$inner_userns" "$SEE; cat /proc/self/uid_map"
	expect 0 '^0
test
1
/dev/null char 0666 65534:65534 1:3' 'fine
 +0 +1000 +1000$'
}

@test "a user namespace in a user namespace: ids that are not ours to give" {
	nested "$userns | $bare" "$userns"' | .linux.uidMappings[0].hostID = 60000' true
	expect fail '[ug]id_map' 'not ours to map' 'config.json:[0-9]+:[0-9]+'
}

@test "in a user namespace with masks: fine, but in one more: an error that says why there is no procfs" {
	nested "$userns" . "$SEE; wc -c </proc/keys"
	expect 0 'fine
0$'
	rm -rf "$B"
	nested "$userns" "$inner_userns" true
	expect fail "only where nothing covers parts of the host's /proc" 'config.json:[0-9]+:[0-9]+ /mounts/0'
}

@test "in a user namespace: binds, masks, read-only paths, propagation, a read-only root" {
	nested "$userns | $bare" '.root.readonly = true | .linux.rootfsPropagation = "shared" | .linux.maskedPaths = ["/etc/passwd", "/home"] |
		.linux.readonlyPaths = ["/proc/sys"] | .mounts += [{destination: "/var", type: "none", source: "/usr", options: ["rbind", "ro"]},
		{destination: "/tmp", type: "tmpfs", source: "x", options: ["size=64k"]}]' '
		probe mkdir /x; probe mkdir /var/x; probe mkdir /tmp/x; wc -c </etc/passwd; ls -A /home | wc -l
		probe open-try /proc/sys/kernel/hostname 1'
	expect fail '^EROFS
EROFS
ok
0
0
(EROFS|EACCES)$'
}

@test "in a user namespace: another owner for a device than the one that it has" {
	nested "$userns | $bare" '.linux.devices = [{path: "/dev/x", type: "c", major: 1, minor: 3, uid: 7}]' true
	expect fail 'belongs to uid 0, not 7' '/linux/devices/0'
	rm -rf "$B"
	nested "$userns | $bare" '.linux.devices = [{path: "/dev/x", type: "c", major: 1, minor: 3, fileMode: 438}]' \
		'probe stat /dev/x'
	expect 0 '/dev/x char 0666 0:0 1:3'
}
