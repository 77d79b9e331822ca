#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.maskedPaths and linux.readonlyPaths.
load helpers

userns='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
	.linux.gidMappings = .linux.uidMappings'

@test "masked: files read empty, directories are empty and read-only; also in a user namespace" {
	local user
	for user in . "$userns"; do
		shell "$user"' | .linux.maskedPaths = ["/etc/passwd", "/home", "/proc/keys", "/proc/bus", "/sys/firmware"]' '
			for f in /etc/passwd /proc/keys; do wc -c <$f; probe stat $f; done
			for d in /home /proc/bus /sys/firmware; do ls -A $d | wc -l; probe mkdir $d/x; done'
		expect fail '^0
/etc/passwd char .* 1:3
0
/proc/keys char .* 1:3
0
EROFS
0
EROFS
0
EROFS$'
		rm -rf "$B"
	done
}

@test "masked: writing goes nowhere, nothing can be mounted away or opened around it" {
	shell '.linux.maskedPaths = ["/etc/passwd", "/proc/keys"]' '
		echo x >/etc/passwd; wc -c </etc/passwd
		umount /proc/keys 2>/dev/null || echo stays
		wc -c </proc/self/root/etc/passwd; wc -c </proc/1/root/proc/keys'
	expect 0 '^0
stays
0
0$'
	[ -s "$B/rootfs/etc/passwd" ]
}

@test "masked: one tmpfs for all directories, one mount of /dev/null for all files" {
	probe '.linux.maskedPaths = ["/home", "/root", "/var", "/tmp", "/proc/bus", "/etc/passwd", "/etc/group", "/proc/keys"]'
	check '[.mounts[] | select(test(" ro,.* - tmpfs tmpfs .*mode=555")) | split(" ")[2]] | length == 5 and (unique | length == 1)' \
	      '[.mounts[] | select(test(" /null /")) | split(" ")[4]] | sort == ["/etc/group", "/etc/passwd", "/proc/keys"]'
}

@test "missing ones are skipped, whatever is missing of them" {
	container '.linux.maskedPaths = ["/none", "/none/x", "/etc/passwd/x", "/proc/none/x"] |
		.linux.readonlyPaths = .linux.maskedPaths' /bin/probe true
	expect 0 '^$'
	[ ! -e "$B/rootfs/none" ]
}

@test "relative ones are refused" {
	container '.linux.maskedPaths = ["proc/keys"]' /bin/probe true
	expect fail 'config.json:[0-9]+:[0-9]+: /linux/maskedPaths/0'
	container '.linux.readonlyPaths = ["proc/keys"]' /bin/probe true
	expect fail 'config.json:[0-9]+:[0-9]+: /linux/readonlyPaths/0'
}

@test "unclean and repeated ones are one" {
	probe '.linux.maskedPaths = ["/home", "/etc/../home/", "//home/."] | .linux.readonlyPaths = ["/etc", "/etc/"]'
	check '[mounts[] | select(.at == "/home")] | length == 1' '[mounts[] | select(.at == "/etc")] | length == 1'
}

@test "links are followed below the root and never lead out" {
	bundle b '.process.args = ["/bin/sh", "-c", "ls -A /home | wc -l; wc -c </etc/passwd"] |
		.linux.maskedPaths = ["/one", "/two", "/out"] | .linux.readonlyPaths = ["/out"]'
	mkdir "$W/outside"
	echo text >"$W/outside/file"
	ln -s home "$B/rootfs/one"
	ln -s ../../../../../../etc/passwd "$B/rootfs/two"
	ln -s "$W/outside" "$B/rootfs/out"
	run_hull run -b "$B" "$ID"
	expect 0 '^0
0$'
	[ "$(cat "$W/outside/file")" = text ]
}

@test "masked: the null device is the host's, whatever the root calls so" {
	local fake
	for fake in 'ln -s /proc/sys/kernel/hostname null' 'echo fake >null' 'mknod null c 1 5' 'mkdir null'; do
		bundle b '.mounts |= map(select(.destination | startswith("/dev") | not)) |
			.linux.maskedPaths = ["/proc/keys"] | .process.args = ["/bin/sh", "-c", "probe stat /proc/keys; wc -c </proc/keys"]'
		(cd "$B/rootfs/dev" && eval "$fake")
		run_hull run -b "$B" "$ID"
		# Either the root's file is refused as a device, or the mask is the real thing.
		[ "$status" != 0 ] || expect 0 '/proc/keys char .* 1:3
0$'
		rm -rf "$B"
	done
}

@test "read-only: files and directories, with what is mounted below, flags kept" {
	shell '.linux.readonlyPaths = ["/etc/passwd", "/home", "/var", "/proc/sys"] |
		.mounts += [{destination: "/home/user", type: "tmpfs", source: "x", options: ["nosuid", "nodev", "noexec"]}]' '
		probe mkdir /var/x; probe mkdir /home/x; probe mkdir /home/user/x; probe open-try /etc/passwd 1
		probe open-try /proc/sys/kernel/hostname 1
		grep " /home/user " /proc/self/mountinfo'
	expect 0 '^EROFS
EROFS
EROFS
EROFS
EROFS
' ' /home/user ro,nosuid,nodev,noexec'
	mkdir "$B/rootfs/var/still-writable-here"
}

@test "read-only below masked, masked below read-only: both hold" {
	shell '.linux.readonlyPaths = ["/etc", "/proc"] | .linux.maskedPaths = ["/etc/passwd", "/proc/keys"]' \
		'wc -c </etc/passwd; wc -c </proc/keys; probe mkdir /etc/x'
	expect fail '^0
0
EROFS$'
}

@test "without a mount namespace they are refused" {
	container '.linux.namespaces |= map(select(.type != "mount")) | .mounts = [] | .linux.maskedPaths = ["/etc"]' \
		/bin/probe true
	expect fail 'config.json:[0-9]+:[0-9]+: /linux/maskedPaths'
}

@test "they hold against a new user namespace with all capabilities" {
	shell '.linux.maskedPaths = ["/proc/keys", "/home"] | .linux.readonlyPaths = ["/etc"] |
		.process.user = {uid: 1000, gid: 1000}' '
		busybox unshare -U -r -m sh -c "umount /home; umount /proc/keys; mount -o remount,bind,rw /etc; probe mkdir /etc/x;
			mount -t proc x /proc" 2>&1; ls -A /home | wc -l'
	expect 0 'EROFS' '
0$'
	expect_no '^ok'
}
