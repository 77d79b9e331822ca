#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# ID-mapped mounts: whose ids are shown, and which mounts cannot have them.
load helpers

userns='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
	.linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
maps='uidMappings: [{containerID: 0, hostID: 1000, size: 100}],
	gidMappings: [{containerID: 0, hostID: 2000, size: 100}]'
in_userns='uidMappings: [{containerID: 0, hostID: 100010, size: 100}],
	gidMappings: [{containerID: 0, hostID: 200020, size: 100}]'

# $W/src with a file of 5:6, and another mount with one of 7:8 on sub
source_tree() {
	mkdir -p src/sub below
	echo text >src/file
	chown 5:6 src/file
	chmod 777 src
	mount --bind below src/sub
	echo text >src/sub/file
	chown 7:8 src/sub/file
}

# bound FILTER OPTIONS MEMBERS SCRIPT: $W/src at /var, with these options and members
bound() {
	shell "$1 | .mounts += [{destination: \"/var\", type: \"none\", source: \"$W/src\",
		options: (\"$2\" / \",\") ${3:+, $3}}]" "$4"
}

@test "the mount's own maps: from the file system's ids to those outside" {
	source_tree
	bound . bind,idmap "$maps" 'probe stat /var/file; echo >/var/new'
	umount src/sub
	expect fail 'file 0644 1005:2006'
	# An id that has no place on the file system cannot write there.
	expect fail 'Value too large|EOVERFLOW'
}

@test "the mount's own maps: what is written comes back through them" {
	source_tree
	bound '.process.user = {uid: 1007, gid: 2008}' bind,idmap "$maps" 'echo >/var/new && probe stat /var/new'
	umount src/sub
	expect 0 '1007:2008'
	[ "$(stat -c %u:%g src/new)" = 7:8 ]
}

@test "idmap: the mount alone; ridmap: with those below it" {
	source_tree
	bound . rbind,idmap "$maps" 'probe stat /var/file /var/sub/file'
	expect 0 '/var/file file 0644 1005:2006' '/var/sub/file file 0644 7:8'
	bound . rbind,ridmap "$maps" 'probe stat /var/file /var/sub/file'
	umount src/sub
	expect 0 '/var/file file 0644 1005:2006' '/var/sub/file file 0644 1007:2008'
}

@test "maps without the word count; they are never dropped" {
	source_tree
	bound . rbind "$maps" 'probe stat /var/file /var/sub/file'
	umount src/sub
	expect 0 '/var/file file 0644 1005:2006' '/var/sub/file file 0644 7:8'
}

@test "the word without maps: those of the new user namespace" {
	source_tree
	bound "$userns" bind,idmap '' 'probe stat /var/file'
	expect 0 '/var/file file 0644 5:6'
	bound "$userns" rbind,ridmap '' 'probe stat /var/file /var/sub/file'
	umount src/sub
	expect 0 '/var/file file 0644 5:6' '/var/sub/file file 0644 7:8'
	[ "$(stat -c %u:%g src/file)" = 5:6 ]
}

@test "the word without maps: those of a user namespace that is joined" {
	source_tree
	hold --user
	echo "0 100000 65536" >"/proc/$HOLDER/uid_map"
	echo "0 200000 65536" >"/proc/$HOLDER/gid_map"
	bound ".linux.namespaces += [{type: \"user\", path: \"/proc/$HOLDER/ns/user\"}]" bind,idmap '' \
		'probe stat /var/file'
	umount src/sub
	expect 0 '/var/file file 0644 5:6'
}

@test "the mount's own maps in a user namespace: ids of the host, seen from inside" {
	source_tree
	bound "$userns" bind,idmap "$in_userns" 'probe stat /var/file'
	umount src/sub
	expect 0 '/var/file file 0644 15:26'
}

@test "a new file system: a tmpfs of mapped ids" {
	need "no ID-mapped tmpfs before Linux 6.3" awk -F. '$1 > 6 || $1 == 6 && $2 + 0 >= 3 { ok = 1 } END { exit !ok }' \
		/proc/sys/kernel/osrelease
	probe ".process.user = {uid: 1007, gid: 2008} | .mounts += [{destination: \"/var\", type: \"tmpfs\",
		source: \"x\", options: [\"idmap\", \"uid=7\", \"gid=8\", \"mode=700\", \"nosuid\", \"ro\"], $maps}]"
	check 'mount("/var").type == "tmpfs"' 'mount("/var").options | has_all(["ro", "nosuid", "idmapped"])' \
	      'mount("/var").super | has_all(["mode=700", "uid=7", "gid=8"])'
	shell ".process.user = {uid: 1007, gid: 2008} | .mounts += [{destination: \"/var\", type: \"tmpfs\",
		source: \"x\", options: [\"uid=7\", \"gid=8\", \"mode=700\"], $maps}]" \
		'touch /var/x && probe stat /var /var/x'
	expect 0 '/var dir 0700 1007:2008' '/var/x file 0644 1007:2008'
	shell "$userns | .mounts += [{destination: \"/var\", type: \"tmpfs\", source: \"x\", options: [\"idmap\", \"uid=7\"]}]" \
		'probe stat /var'
	expect 0 '/var dir 0755 7:0'
}

@test "file systems that cannot: an error, not silence" {
	container ".mounts += [{destination: \"/var\", type: \"mqueue\", source: \"x\", options: [\"idmap\"], $maps}]" \
		/bin/probe true
	expect fail 'invalid argument' 'cannot be ID-mapped' 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
	container ".mounts += [{destination: \"/var\", type: \"none\", source: \"/proc\", options: [\"bind\", \"idmap\"], $maps}]" \
		/bin/probe true
	expect fail 'invalid argument' 'cannot be ID-mapped' 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
	mkdir -p src/sub below
	mount -t proc proc src/sub
	bound . rbind,ridmap "$maps" true
	umount src/sub
	expect fail 'invalid argument' 'or one below it'
}

@test "what makes no sense is refused before anything is done" {
	local what
	mkdir src
	for what in 'options: ["bind", "idmap"]' 'options: ["bind", "ridmap"]' \
		'options: ["bind"], uidMappings: [{containerID: 0, hostID: 1, size: 1}]' \
		'options: ["bind"], gidMappings: [{containerID: 0, hostID: 1, size: 1}]' \
		"options: [\"remount\", \"bind\", \"idmap\"], $maps" \
		'options: ["bind", "idmap=uids=0-1-2"]'; do
		container ".mounts += [{destination: \"/var\", type: \"none\", source: \"$W/src\", $what}]" /bin/probe true
		expect fail 'config.json:[0-9]+:[0-9]+: /mounts/[0-9]+'
		rm -rf "$B"
	done
}

@test "maps that overlap are the kernel's to refuse" {
	mkdir src
	bound . bind,idmap 'uidMappings: [{containerID: 0, hostID: 1000, size: 10}, {containerID: 5, hostID: 5000, size: 10}],
		gidMappings: [{containerID: 0, hostID: 1000, size: 10}]' true
	expect fail 'uid_map' 'overlap' '/mounts/[0-9]+'
}

@test "an ordinary user is told so" {
	mkdir src
	bundle b '.mounts += [{destination: "/var", type: "none", source: ($w + "/src"), options: ["bind", "idmap"]}] |
		'"$userns" --arg w "$W"
	chmod 755 "$W"
	status=0
	output=$(setpriv --reuid 1000 --regid 1000 --clear-groups "$HULL" --root "$W/user" run -b "$B" x 2>&1) || status=$?
	expect fail '/mounts/[0-9]+/options: an ordinary user'
}

@test "many mounts with the same maps share one user namespace" {
	need "no strace" command -v strace
	mkdir src
	bundle b "$userns | .mounts += [range(40) | {destination: \"/tmp/\(.)\", type: \"none\", source: \"$W/src\",
		options: [\"bind\", \"idmap\"]}] | .mounts += [range(40) | {destination: \"/tmp/m\(.)\", type: \"none\",
		source: \"$W/src\", options: [\"bind\"], $in_userns}]"
	strace -f -qq -e trace=clone3 -o trace "$HULL" --root "$STATE" run -b "$B" "$ID" 3>&-
	[ "$(grep -c CLONE_NEWUSER trace)" = 3 ]
}
