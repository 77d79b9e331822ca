#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# mounts[].destination and what it leads to; sources that only the host reaches.
load helpers

userns='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
	.linux.gidMappings = .linux.uidMappings'

# tmpfs_on DESTINATION [FILTER]: one more mount, there
tmpfs_on() {
	bundle "$ID" ".mounts += [{destination: \"$1\", type: \"tmpfs\", source: \"x\"}] | ${2-.} |
		.process.args = [\"/bin/probe\", \"cat\", \"/proc/self/mountinfo\"]"
}

@test "the root is not a destination, however it is written" {
	local where
	for where in / // /. a/.. '/x/../..'; do
		tmpfs_on "$where"
		run_hull run -b "$B" "$ID"
		expect fail 'config.json:[0-9]+:[0-9]+: /mounts/[0-9]+/destination'
		rm -rf "$B"
	done
}

@test "relative ones and relative sources: below / and below the bundle, with a warning" {
	shell '.mounts += [{destination: "rel/ative", type: "none", source: "data/../data", options: ["bind"]}]' true
	expect fail 'no such file'
	mkdir "$B/data"
	echo text >"$B/data/file"
	reconfigure '.process.args = ["/bin/probe", "cat", "/rel/ative/file"]'
	cd /
	run_hull run -b "$B" "$ID"
	expect 0 'destination.*relative' '
text$'
}

@test "missing ones are made: directories, files, their parents; 0755 and 0644 whatever the umask" {
	echo text >file
	umask 077
	shell ".mounts += [{destination: \"/a/b/c\", type: \"tmpfs\", source: \"x\"},
		{destination: \"/f/g/h\", type: \"none\", source: \"$W/file\", options: [\"bind\"]}]" 'cat /f/g/h'
	umask 022
	expect 0 '^text$'
	[ "$(stat -c %a "$B/rootfs/a" "$B/rootfs/a/b" "$B/rootfs/a/b/c" "$B/rootfs/f/g/h" | xargs)" = '755 755 755 644' ]
}

@test "kinds must fit: a directory on a file, a file on a directory" {
	mkdir dir
	echo text >file
	container ".mounts += [{destination: \"/etc/passwd\", type: \"none\", source: \"$W/dir\", options: [\"bind\"]}]" \
		/bin/probe true
	expect fail 'not a directory' 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
	rm -rf "$B"
	container ".mounts += [{destination: \"/etc\", type: \"none\", source: \"$W/file\", options: [\"bind\"]}]" \
		/bin/probe true
	expect fail 'not a directory' 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
	rm -rf "$B"
	container '.mounts += [{destination: "/etc/passwd", type: "tmpfs", source: "x"}]' /bin/probe true
	expect fail 'not a directory' 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
}

@test "below /proc: refused by its words" {
	local where
	for where in /proc/sys /proc/self /proc/1/root/etc /proc/self/attr/current /proc/cpuinfo/x \
		/proc/self/../sys/kernel '/x/../proc/keys'; do
		tmpfs_on "$where"
		run_hull run -b "$B" "$ID"
		expect fail 'config.json:[0-9]+:[0-9]+: /mounts/[0-9]+/destination.* must not be mounted over'
		rm -rf "$B"
	done
}

@test "below /proc: refused for what it leads to" {
	local link
	for link in proc/self /proc/1 proc/sys/kernel ../proc/self/attr; do
		tmpfs_on /link/task
		ln -s "$link" "$B/rootfs/link"
		run_hull run -b "$B" "$ID"
		expect fail 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
		rm -rf "$B"
	done
	echo text >file
	for link in proc/self/status proc/sys/kernel/hostname proc/1/attr/current proc/meminfo; do
		bundle b '.mounts += [{destination: "/link", type: "none", source: ($w + "/file"), options: ["bind"]}]' \
			--arg w "$W"
		ln -s "$link" "$B/rootfs/link"
		run_hull run -b "$B" "$ID"
		expect fail 'leads into a procfs' 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
		rm -rf "$B"
	done
}

@test "below /proc: magic links are not followed" {
	local link
	for link in proc/self/root proc/self/cwd proc/1/root/etc proc/self/fd/3 proc/self/exe; do
		tmpfs_on /link/x
		ln -s "$link" "$B/rootfs/link"
		run_hull run -b "$B" "$ID"
		expect fail 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
		rm -rf "$B"
	done
}

@test "below another procfs: the same" {
	local where
	for where in /other/sys /other/self /other/meminfo; do
		tmpfs_on "$where" '.mounts = [.mounts[-1]] + .mounts[:-1] + [.mounts[-1]] |
			.mounts[0] = {destination: "/other", type: "proc", source: "proc"}'
		run_hull run -b "$B" "$ID"
		expect fail 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
		rm -rf "$B"
	done
}

@test "files that lxcfs covers may be" {
	echo fake >file
	shell ".mounts += [(\"cpuinfo\", \"diskstats\", \"loadavg\", \"meminfo\", \"stat\", \"swaps\", \"uptime\",
		\"sys/kernel/ns_last_pid\") | {destination: \"/proc/\(.)\", type: \"none\", source: \"$W/file\",
		options: [\"bind\", \"ro\"]}] | .linux.readonlyPaths = []" \
		'cat /proc/cpuinfo /proc/meminfo /proc/uptime /proc/sys/kernel/ns_last_pid'
	expect 0 '^fake
fake
fake
fake$'
}

@test "/proc: a procfs, on a directory; bound ones too" {
	mkdir notproc
	container ".mounts += [{destination: \"/proc\", type: \"none\", source: \"$W/notproc\", options: [\"bind\"]}]" \
		/bin/probe true
	expect fail 'only procfs may be mounted on /proc' '/mounts/[0-9]+/destination'
	rm -rf "$B"
	ln -s "$W/notproc" link
	mkdir proc
	# The words are right, what they name is not.
	bundle b '.mounts = [{destination: "/proc", type: "none", source: "/proc", options: ["rbind"]}] |
		.linux.maskedPaths = [] | .linux.readonlyPaths = [] | .linux.namespaces |= map(select(.type != "pid")) |
		.process.args = ["/bin/probe", "cat", "/proc/self/comm"]'
	run_hull run -b "$B" "$ID"
	expect 0 '^probe$'
	rmdir "$B/rootfs/proc"
	ln -s etc "$B/rootfs/proc"
	run_hull run -b "$B" "$ID"
	expect fail 'ordinary directory' 'config.json:[0-9]+:[0-9]+ /mounts/0'
}

@test "/proc and /sys as links are refused" {
	local name
	for name in proc sys; do
		bundle b .
		rmdir "$B/rootfs/$name"
		ln -s etc "$B/rootfs/$name"
		run_hull run -b "$B" "$ID"
		expect fail "$name.*ordinary directory" 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
		rm -rf "$B"
	done
}

@test "sources that only the host reaches, in a user namespace: directories, files, trees" {
	mkdir -p -m 700 private
	mkdir private/dir private/dir/sub
	mount -t tmpfs sub private/dir/sub
	echo text | tee private/file >private/dir/sub/file
	shell "$userns | .mounts += [
		{destination: \"/tmp\", type: \"none\", source: \"$W/private/dir\", options: [\"rbind\", \"ro\"]},
		{destination: \"/etc/passwd\", type: \"none\", source: \"$W/private/file\", options: [\"bind\"]}]" \
		'cat /tmp/sub/file /etc/passwd; probe mkdir /tmp/x'
	umount private/dir/sub
	expect fail '^text
text
EROFS$'
}

@test "a source that is missing, looped, or a socket" {
	ln -s loop loop
	container ".mounts += [{destination: \"/var\", type: \"none\", source: \"$W/none\", options: [\"bind\"]}]" true
	expect fail "open $W/none: no such file or directory" 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
	rm -rf "$B"
	container ".mounts += [{destination: \"/var\", type: \"none\", source: \"$W/loop\", options: [\"bind\"]}]" true
	expect fail 'ELOOP|too many' 'config.json:[0-9]+:[0-9]+ /mounts/[0-9]+'
	rm -rf "$B"
	mkfifo fifo
	container ".mounts += [{destination: \"/run/fifo\", type: \"none\", source: \"$W/fifo\", options: [\"bind\"]}]" \
		/bin/probe stat /run/fifo
	expect 0 'fifo'
}
