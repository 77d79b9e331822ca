#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# New file systems: tmpfs and what it takes over, sysfs, procfs and cgroup2 with and without namespaces.
load helpers

userns='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
	.linux.gidMappings = .linux.uidMappings'
admin='.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"])'

without() {
	echo ".linux.namespaces |= map(select(.type != \"$1\"))"
}

# ---- tmpfs ----

@test "tmpfs: has the mode of the directory that it covers, unless there is a mode" {
	bundle b '.mounts += [("/one", "/two", "/three") | {destination: ., type: "tmpfs", source: "x"}] |
		.mounts[-1].options = ["mode=700"] | .mounts[-2].options = ["ro"] |
		.process.args = ["/bin/probe", "stat", "/one", "/two", "/three", "/four"] |
		.mounts += [{destination: "/four", type: "tmpfs", source: "x"}]'
	mkdir -m 2751 "$B/rootfs/one"
	mkdir -m 1730 "$B/rootfs/two"
	mkdir -m 755 "$B/rootfs/three"
	run_hull run -b "$B" "$ID"
	expect 0 '/one dir 2751 0:0' '/two dir 1730 0:0' '/three dir 0700 0:0' '/four dir 1777 0:0'
}

# A tree of everything, in $B/rootfs/tree
make_tree() {
	local t=$B/rootfs/tree
	mkdir -p "$t/dir/deep"
	echo text >"$t/file"
	chmod 4751 "$t/file"
	echo deep >"$t/dir/deep/file"
	ln "$t/file" "$t/dir/twin"
	ln -s ../../../etc/passwd "$t/link"
	mkfifo -m 640 "$t/fifo"
	mknod -m 640 "$t/null" c 1 3
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$t/socket" 2>/dev/null || touch "$t/socket"
	chmod 2750 "$t/dir"
	touch -d '2001-02-03 04:05:06 UTC' "$t/dir/deep/file" "$t/dir/deep"
	touch -h -d '2001-02-03 04:05:06 UTC' "$t/link"
}

@test "tmpcopyup: kinds, modes, owners, times, links of both kinds; the root itself is as it was" {
	local before
	bundle b "$admin"' | .mounts += [{destination: "/tree", type: "tmpfs", source: "x", options: ["tmpcopyup"]}] |
		.process.args = ["/bin/sh", "-c", $s]' --arg s '
			cd /tree; probe stat . dir dir/deep dir/deep/file dir/twin fifo file link null; cat file dir/deep/file
			stat -c "%h %Y" file dir/deep dir/deep/file; [ file -ef dir/twin ] && echo same
			stat -c %Y link; rm -r dir; echo >file'
	make_tree
	chown 5:6 "$B/rootfs/tree"
	chown 7:8 "$B/rootfs/tree/file" "$B/rootfs/tree/dir"
	chmod 4751 "$B/rootfs/tree/file"
	chmod 2750 "$B/rootfs/tree/dir"
	before=$(cd "$B/rootfs/tree" && find . -printf '%p %y %m %U:%G %T@ %l\n' | sort)
	run_hull run -b "$B" "$ID"
	expect 0 '^\. dir 0755 5:6 ' 'dir dir 2750 7:8' 'dir/deep/file file 0644 0:0' 'dir/twin file 4751 7:8' \
		'fifo fifo 0640' 'file file 4751 7:8' 'link link .* -> ../../../etc/passwd' 'null char 0640 0:0 1:3' '
text
deep
2 [0-9]+
2 981173106
1 981173106
same
981173106$'
	[ "$before" = "$(cd "$B/rootfs/tree" && find . -printf '%p %y %m %U:%G %T@ %l\n' | sort)" ]
}

@test "tmpcopyup: file capabilities, which a change of owner would take" {
	need "no setcap" command -v setcap
	bundle b '.mounts += [{destination: "/tree", type: "tmpfs", source: "x", options: ["tmpcopyup"]}] |
		.process.args = ["/bin/probe", "pause"]'
	mkdir "$B/rootfs/tree"
	cp /bin/true "$B/rootfs/tree/file"
	chown 5 "$B/rootfs/tree/file"
	setcap cap_net_raw+ep "$B/rootfs/tree/file" || skip "no file capabilities here"
	hull create -b "$B" "$ID"
	getcap "/proc/$(pid_of)/root/tree/file" | grep -q cap_net_raw
}

@test "tmpcopyup in a user namespace: devices are left out, owners outside are nobody" {
	bundle b "$userns"' | .mounts += [{destination: "/tree", type: "tmpfs", source: "x", options: ["tmpcopyup"]}] |
		.process.args = ["/bin/sh", "-c", "cd /tree; probe stat . file fifo null dir/twin link; cat dir/deep/file"]'
	make_tree
	chmod 755 "$B/rootfs/tree/dir" "$B/rootfs/tree/file"
	chown 100003:100004 "$B/rootfs/tree/file" "$B/rootfs/tree"
	run_hull run -b "$B" "$ID"
	expect 0 '^\. dir 0755 3:4' 'file file 0755 3:4' 'fifo fifo 0640 65534:65534' 'null ENOENT' 'dir/twin file 0755 3:4' '
deep$'
	# One where nobody is nobody, either.
	reconfigure '.linux.uidMappings[0].size = 10 | .linux.gidMappings[0].size = 10'
	run_hull run -b "$B" "$ID"
	expect 0 'file file 0755 3:4' 'fifo fifo 0640 0:0'
}

@test "tmpcopyup: nothing there, a read-only one, and not a tmpfs" {
	shell '.mounts += [{destination: "/none", type: "tmpfs", source: "x", options: ["tmpcopyup"]},
		{destination: "/etc", type: "tmpfs", source: "x", options: ["tmpcopyup", "ro"]}]' \
		'ls -A /none | wc -l; ls /etc; probe mkdir /etc/x'
	expect fail '^0
group
passwd
EROFS$'
	rm -rf "$B"
	container '.mounts += [{destination: "/etc", type: "ramfs", source: "x", options: ["tmpcopyup"]}]' true
	expect fail 'config.json:[0-9]+:[0-9]+: /mounts/[0-9]+/options'
	rm -rf "$B"
	container '.mounts += [{destination: "/etc", type: "tmpfs", source: "x", options: ["tmpcopyup", "size=4k", "nr_inodes=2"]}]' true
	expect fail 'tmpcopyup' 'no space left' 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
}

@test "tmpcopyup: ten thousand names of one file are still one" {
	shell '.mounts += [{destination: "/tree", type: "tmpfs", source: "x", options: ["tmpcopyup", "size=1m"]}]' true
	mkdir -p "$B/rootfs/tree"
	head -c 100000 /dev/zero >"$B/rootfs/tree/0"
	(cd "$B/rootfs/tree" && for ((i = 1; i < 10000; i++)); do echo "$i"; done | xargs -I{} -P2 ln 0 {})
	reconfigure '.process.args = ["/bin/sh", "-c", "ls /tree | wc -l; stat -c %h /tree/77"]'
	run_hull run -b "$B" "$ID"
	expect 0 '^10000
10000$'
}

@test "a read-only tmpfs: mount points, devices and links below it are made before" {
	shell '.mounts += [{destination: "/var", type: "tmpfs", source: "x", options: ["ro"]},
		{destination: "/var/a/b", type: "tmpfs", source: "y", options: ["rro"]}] |
		.linux.devices = [{path: "/var/a/null", type: "c", major: 1, minor: 3}]' \
		'probe stat /var/a/null; probe mkdir /var/x; probe mkdir /var/a/b/x'
	expect fail '/var/a/null char .*
EROFS
EROFS$'
}

@test "a hundred of them are read-only, too" {
	probe '.mounts += [range(100) | {destination: "/var/\(.)", type: "tmpfs", source: "x", options: ["ro"]}]'
	check '[mounts[] | select(.at | startswith("/var/")) | .options[0]] | length == 100 and unique == ["ro"]'
}

# ---- sysfs ----

@test "sysfs in a user namespace with a network namespace: a new one" {
	probe "$userns"
	check 'mount("/sys") | .type == "sysfs" and .root == "/" and (.options | index(["ro"]))' \
	      '[mounts[] | select(.at | startswith("/sys/fs/")) | .type] == ["cgroup2"]'
}

@test "sysfs in a user namespace without a network namespace: the host's, read-only with all below it" {
	shell "$userns | $admin | $(without network)"' |
		.mounts |= (map(if .type == "sysfs" then .options = ["nosuid", "noexec", "nodev", "rw"] else . end) |
			    map(select(.type != "cgroup"))) | .linux.maskedPaths = [] | .linux.readonlyPaths = []' '
		grep " /sys" /proc/self/mountinfo | cut -d" " -f5,6
		probe mkdir /sys/fs/cgroup/x; probe open-try /sys/fs/cgroup/cgroup.procs 1
		mount -o remount,bind,rw /sys/fs/cgroup 2>/dev/null; probe mkdir /sys/fs/cgroup/x
		ls /sys/class/net | grep -c lo'
	expect 0 '/sys ro,nosuid,nodev,noexec' '/sys/fs/cgroup ro,nosuid,nodev,noexec' '
EROFS
(EROFS|EACCES)
(EROFS|EACCES)
1$'
	expect_no '/sys[^ ]* rw'
}

# ---- procfs ----

@test "procfs in a user namespace without a pid namespace: an error that says so" {
	container "$userns | $(without pid)" /bin/probe true
	expect fail 'operation not permitted' 'only with a pid namespace' 'config.json:[0-9]+:[0-9]+ /mounts/0'
}

@test "procfs where the host's is covered: an error that says so" {
	mkdir cover
	bundle b "$userns"
	status=0
	output=$(unshare -m sh -c 'mount -t tmpfs x /proc/sys; exec "$@"' -- "$HULL" --root "$STATE" run -b "$B" "$ID" 2>&1 3>&-) ||
		status=$?
	expect fail "where nothing covers parts of the host's /proc" '/mounts/0'
}

# ---- cgroup2 ----

@test "cgroup: with a cgroup namespace it begins at the container's own, for root and in a user namespace" {
	local user
	for user in . "$userns"; do
		shell "$user"' | .linux.cgroupsPath = "/own"' \
			'grep ^0 /proc/self/cgroup; cut -d" " -f4,5 /proc/self/mountinfo | grep /sys/fs/cgroup; wc -l </sys/fs/cgroup/cgroup.procs'
		expect 0 '^0::/
/ /sys/fs/cgroup
[1-9]'
		rm -rf "$B"
	done
}

@test "cgroup: without one, in a user namespace: only the container's own is there" {
	mkdir /sys/fs/cgroup/secret
	shell "$userns | $(without cgroup)"' | .linux.cgroupsPath = "/mine/own"' \
		'cut -d" " -f4,5 /proc/self/mountinfo | grep /sys/fs/cgroup; ls -d /sys/fs/cgroup/secret /sys/fs/cgroup/mine; probe mkdir /sys/fs/cgroup/x'
	rmdir /sys/fs/cgroup/secret
	expect fail '^/mine/own /sys/fs/cgroup
' 'secret: No such file' 'mine: No such file' '(EROFS|EACCES)$'
	rm -rf "$B"
	container "$userns | $(without cgroup)"' | .linux.cgroupsPath = "/own" |
		.mounts |= map(if .type == "cgroup" then .options = ["rw", "nosuid", "noexec", "nodev", "relatime"] else . end)' \
		/bin/probe mkdir /sys/fs/cgroup/x
	expect fail 'EACCES'
}

@test "cgroup: without one and without a cgroup of its own, in a user namespace: an error" {
	bundle b "$userns | $(without cgroup)"
	run_hull --cgroup-manager disabled run -b "$B" "$ID"
	expect fail 'neither a cgroup namespace' 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
}

@test "cgroup: without one, for root: the host's hierarchy, as it is mounted there" {
	shell "$(without cgroup)"' | .linux.cgroupsPath = "/own"' 'grep ^0 /proc/self/cgroup; ls -d /sys/fs/cgroup/own; probe mkdir /sys/fs/cgroup/x'
	expect fail '^0::.*/own
/sys/fs/cgroup/own
EROFS$'
}

# ---- all kinds ----

@test "an unknown one, a wrong option, a missing source" {
	container '.mounts += [{destination: "/var", type: "nosuchfs", source: "x"}]' true
	expect fail 'no such device' 'no file system \"nosuchfs\"' 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
	rm -rf "$B"
	container '.mounts += [{destination: "/var", type: "tmpfs", source: "x", options: ["size=many"]}]' true
	expect fail 'size=many' 'the kernel says' 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
	rm -rf "$B"
	container '.mounts += [{destination: "/var", type: "ext4", source: "/none"}]' true
	expect fail 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
}

@test "a bind source with mounts below it, which a user namespace cannot take apart" {
	need "no user namespaces for ordinary users" setpriv --reuid 1000 --regid 1000 --clear-groups unshare --user true
	mkdir -p src/sub u
	mount -t tmpfs sub src/sub
	cp -al "$SUITE/root" u/rootfs
	mkdir u/rootfs/m
	jq --arg w "$W" '.process.terminal = false | .root.path = "rootfs" | .process.args = ["/bin/probe", "true"] |
		.linux = {namespaces: [("user", "mount", "pid") | {type: .}],
			  uidMappings: [{containerID: 0, hostID: 1000, size: 1}], gidMappings: [{containerID: 0, hostID: 1000, size: 1}]} |
		del(.hostname) | .mounts = [{destination: "/m", type: "none", source: ($w + "/src"), options: ["bind"]}]' \
		<"$SUITE/config.json" >u/config.json
	chmod 755 "$W"
	mkdir -p "$STATE"
	chown 1000:1000 "$STATE"
	status=0
	output=$(setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all "$HULL" --root "$STATE" run -b u "$ID" 2>&1 3>&-) ||
		status=$?
	umount src/sub
	expect fail 'use rbind' 'config.json:[0-9]+:[0-9]+ /mounts/0'
}

@test "overlay: layers whose names are longer together than fsconfig(2) takes, one with a colon" {
	local deep i
	deep=$W/$(printf 'l%.0s' {1..120})
	mkdir -p "$deep"/{1,2:2,3}
	for i in 1 2:2 3; do
		echo "$i" >"$deep/$i/file.${i%:*}"
	done
	container '.mounts += [{destination: "/m", type: "overlay", source: "overlay",
		options: ["lowerdir='"$deep/1:$deep/2\\\\:2:$deep/3"'"]}]' /bin/probe cat /m/file.1 /m/file.2 /m/file.3
	expect 0 $'^1\n2:2\n3$'
}
