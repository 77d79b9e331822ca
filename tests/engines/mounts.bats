#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Volumes, temporary file systems, propagation.
load helpers

@test "-v: a directory, both ways" {
	mkdir dir
	echo host >dir/file
	box -v "$W/dir:/m" -- sh -c 'cat /m/file; echo container >/m/new'
	expect 0 '^host$'
	grep -qx container dir/new
}

@test "-v: read-only" {
	mkdir dir
	box -v "$W/dir:/m:ro" -- touch /m/new
	expect fail 'Read-only'
}

@test "-v: a file on a file, and where there is none" {
	echo host >file
	box -v "$W/file:/etc/passwd:ro" -v "$W/file:/new/place/file" -- cat /etc/passwd /new/place/file
	expect 0 $'^host\nhost$'
}

@test "-v: a directory on a file is an error" {
	mkdir dir
	box -v "$W/dir:/bin/probe" -- true
	expect fail '[Nn]ot a directory'
}

@test "-v: a file on a directory is an error" {
	echo host >file
	box -v "$W/file:/etc" -- true
	expect fail '[Nn]ot a directory'
}

@test "-v: one below the other, in any order" {
	mkdir a b
	echo a >a/file
	echo b >b/file
	box -v "$W/b:/m/inner" -v "$W/a:/m" -- cat /m/file /m/inner/file
	expect 0 $'^a\nb$'
}

@test "-v: a link as the target stays inside" {
	mkdir dir
	echo host >dir/file
	engine run --name "$NAME" "$IMAGE" ln -s /../../../../../../../../tmp/away /link
	engine commit "$NAME" test.local/link >/dev/null
	rm -rf /tmp/away
	try engine run --rm -v "$W/dir:/link/place" test.local/link cat /tmp/away/place/file
	engine rmi -f test.local/link >/dev/null
	expect 0 '^host$'
	[ ! -e /tmp/away ]
}

@test "-v: not over /proc" {
	mkdir dir
	box -v "$W/dir:/proc" -- true
	expect fail '/proc'
}

@test "-v: a name: the volume starts with what the image has there" {
	box -v "vol$NAME:/home" -- sh -c 'ls /home; echo kept >/home/file'
	expect 0 '^user$'
	box -v "vol$NAME:/home" -- cat /home/file
	expect 0 '^kept$'
	engine volume rm "vol$NAME" >/dev/null
}

@test "--volumes-from" {
	up -v /shared
	engine exec "$NAME" sh -c 'echo words >/shared/file'
	box --volumes-from "$NAME" -- cat /shared/file
	expect 0 '^words$'
	engine rm -fv "$NAME" >/dev/null
}

@test "--tmpfs, with its options" {
	probe --tmpfs /m:size=1m,mode=1750,noexec
	check 'mount("/m").type == "tmpfs"' 'mount("/m").options | has_all(["nosuid", "nodev", "noexec"])' \
	      'mount("/m").super | has_all(["size=1024k", "mode=1750"])'
}

@test "--tmpfs: has what the image has there, where the engine says so" {
	box --tmpfs /home -- ls /home
	case $ENGINE in
	docker)	expect 0 '^$' ;;
	podman)	expect 0 '^user$' ;;
	esac
}

@test "--mount: all three types" {
	mkdir dir
	probe --mount "type=bind,source=$W/dir,target=/b,readonly" --mount type=tmpfs,target=/t \
		--mount "type=volume,source=vol$NAME,target=/v"
	check 'mount("/b").options | has_all(["ro"])' 'mount("/t").type == "tmpfs"' 'mount("/v").options | has_all(["rw"])'
	engine volume rm "vol$NAME" >/dev/null
}

@test "--shm-size" {
	probe --shm-size 2m
	check 'mount("/dev/shm").super | has_all(["size=2048k"])' 'mount("/dev/shm").type == "tmpfs"'
}

@test "/proc, /sys, /dev, /dev/pts, /dev/mqueue" {
	probe
	check 'mount("/proc").type == "proc"' 'mount("/sys").type == "sysfs"' 'mount("/sys").options | has_all(["ro"])' \
	      'mount("/dev").type == "tmpfs"' 'mount("/dev/pts").type == "devpts"' 'mount("/dev/mqueue").type == "mqueue"'
}

@test "/etc/hosts, /etc/hostname, /etc/resolv.conf are the engine's" {
	box --hostname abc --add-host name:10.1.2.3 -- sh -c 'cat /etc/hostname; echo; grep name$ /etc/hosts; hostname'
	expect 0 $'^abc\n+10.1.2.3[ \t]*name\nabc$'
}

# ---- propagation ----

# A mount point of the host that propagates.
shared() {
	mkdir dir
	mount --bind dir dir
	mount --make-shared dir
	mkdir dir/sub
}

# Another mount of the host, there.
host_mounts() {
	mount -t tmpfs tmpfs dir/sub
	echo host >dir/sub/file
}

unshared() {
	umount -R "$W/dir" 2>/dev/null || true
}

@test "propagation: private by default" {
	shared
	up -v "$W/dir:/m"
	host_mounts
	try engine exec "$NAME" cat /m/sub/file
	unshared
	expect fail
}

@test "propagation: rslave: what the host mounts comes in" {
	shared
	up -v "$W/dir:/m:rslave"
	host_mounts
	try engine exec "$NAME" cat /m/sub/file
	engine rm -f "$NAME" >/dev/null
	unshared
	expect 0 '^host$'
}

@test "propagation: rslave: what the container mounts does not come out" {
	shared
	box --cap-add SYS_ADMIN -v "$W/dir:/m:rslave" -- sh -c 'mount -t tmpfs tmpfs /m/sub && touch /m/sub/file'
	came=$(ls dir/sub)
	unshared
	expect 0
	[ -z "$came" ]
}

@test "propagation: rshared: both ways" {
	by_root "mounts nothing that the host would see"
	shared
	up --cap-add SYS_ADMIN --security-opt apparmor=unconfined -v "$W/dir:/m:rshared"
	engine exec --privileged=false "$NAME" sh -c 'mount -t tmpfs tmpfs /m/sub && echo container >/m/sub/file'
	came=$(cat dir/sub/file)
	engine rm -f "$NAME" >/dev/null
	unshared
	[ "$came" = container ]
}

@test "mounts below a bound directory come along, read-only where asked" {
	mkdir -p dir/sub
	mount -t tmpfs tmpfs dir/sub
	echo host >dir/sub/file
	box -v "$W/dir:/m:ro" -- sh -c 'cat /m/sub/file; ! touch /m/new 2>/dev/null'
	umount dir/sub
	expect 0 '^host'
}

@test "nothing of the container's mounts is on the host" {
	up --tmpfs /t -v /vol
	run ! grep -q " /t " /proc/self/mountinfo
	pid=$(inspect .State.Pid)
	[ "$(stat -Lc %i "/proc/$pid/ns/mnt")" != "$(stat -Lc %i /proc/self/ns/mnt)" ]
	engine rm -fv "$NAME" >/dev/null
}
