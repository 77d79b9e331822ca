#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# exec into containers whose first process has changed them: their root, their mounts, their
# namespaces. It goes where that process's namespaces are now, to the root of its mount
# namespace; nothing that is mounted there is needed.
load helpers

powers='.process.noNewPrivileges = false | .process.capabilities |= map_values(["CAP_SYS_ADMIN",
	"CAP_SYS_CHROOT", "CAP_DAC_OVERRIDE", "CAP_SYS_PTRACE", "CAP_MKNOD", "CAP_KILL"]) |
	.process.capabilities.ambient = []'
userns='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
	.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'

# changed FILTER SCRIPT [COMMAND...]: a container whose first process does this; then it is COMMAND,
# a program that waits. Below /new there is another root. /marker says which one it is.
changed() {
	local filter=$1 script=$2
	shift 2
	[ $# -gt 0 ] || set -- /bin/probe pause
	bundle "$ID" "$powers | $filter | .process.args = [\"/bin/sh\", \"-ec\", \$script, \"sh\"] + \$ARGS.positional" \
		--arg script "$script; touch /done; exec \"\$@\"" --args -- "$@"
	mkdir -p "$B"/rootfs/new/{bin,proc,dev,old}
	cp -al "$B/rootfs/bin/." "$B/rootfs/new/bin/"
	echo old >"$B/rootfs/marker"
	echo new >"$B/rootfs/new/marker"
	chmod 777 "$B/rootfs" "$B/rootfs/new"	# root of a user namespace leaves its traces, too
	run_hull run --detach -b "$B" "$ID"
	expect 0 '^$'
	eventually eval '[ -e "$B/rootfs/done" ] || [ -e "$B/rootfs/new/done" ] || [ -e "/proc/$(pid_of)/root/done" ]'
	eventually grep -qz pause "/proc/$(pid_of)/cmdline"
}

# sees ROOT ARG...: what exec runs has this root
sees() {
	run_hull exec "${@:2}" "$ID" /bin/cat /marker
	expect 0 "^$1\$"
}

# ns PID KIND
ns() {
	readlink "/proc/$1/ns/$2"
}

# there KIND...: what exec runs is in these namespaces of the first process
there() {
	local kind
	run_hull exec --detach --pid-file "$W/pid" "$ID" /bin/probe pause
	expect 0
	for kind; do
		[ "$(ns "$(<"$W/pid")" "$kind")" = "$(ns "$(pid_of)" "$kind")" ]
	done
	kill -9 "$(<"$W/pid")"
}

# ---- the root ----

@test "the root: pivot_root" {
	changed . 'mount -o bind /new /new; cd /new; pivot_root . old; umount -l /old'
	sees new
}

@test "the root: moved over the old one, as an initramfs does" {
	changed . 'mount -o bind /new /new; cd /new; mount -o move . /' chroot . /bin/probe pause
	sees new
}

@test "the root: pivot_root in a user namespace" {
	changed "$userns" 'mount -t tmpfs t /new/old; cp -r /new/bin /new/marker /new/old; cd /new/old; mkdir older
		pivot_root . older; umount -l /older'
	sees new
}

@test "the root: covered by another file system" {
	changed . 'mount -o bind /new /'
	sees new
}

@test "the root: covered by an empty one, where nothing can be executed" {
	changed . 'mount -t tmpfs t /'
	run_hull exec "$ID" /bin/cat /marker
	expect 255 'exec: "/bin/cat": stat /bin/cat: no such file or directory'
}

@test "the root: that of the mount namespace, not the directory in which a server locked itself up" {
	changed . : chroot /new /bin/probe pause
	sees old
	[ "$(<"/proc/$(pid_of)/root/marker")" = new ]
}

@test "the root: --no-pivot" {
	bundle "$ID" '.process.args = ["/bin/probe", "pause"]'
	echo old >"$B/rootfs/marker"
	hull run --no-pivot --detach -b "$B" "$ID" >/dev/null 2>&1
	sees old
}

@test "the root: of a mount namespace that was joined" {
	hold --mount
	changed '.linux.namespaces |= map(if .type == "mount" then .path = "/proc/'"$HOLDER"'/ns/mnt" else . end)' :
	sees old
	there mnt
}

# ---- without a mount namespace of its own ----

no_mounts='.linux.namespaces |= map(select(.type != "mount")) | .mounts = [] |
	del(.linux.maskedPaths, .linux.readonlyPaths)'

@test "without a mount namespace: the container's root, not the host's" {
	changed "$no_mounts" :
	sees old
	there mnt pid
	run_hull exec "$ID" /bin/sh -c 'ls / /..; cat /proc/version'
	expect 1 marker
	expect_no boot usr Linux
	run_hull exec "$ID" /bin/cat "$B/rootfs/marker"
	expect 1 'No such file'
}

@test "without a mount namespace, in a user namespace" {
	changed "$no_mounts | $userns" :
	sees old
}

@test "without a mount namespace: the first process made one for itself" {
	changed "$no_mounts" : /bin/probe unshare 0x20000 /bin/probe pause
	sees old
	there mnt
}

@test "without a mount namespace: an ordinary user" {
	need "no setpriv" command -v setpriv
	local as=(setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all --bounding-set=-all)
	hull() {
		timeout --foreground -k 2 30 "${as[@]}" "$HULL" --root "$STATE" "$@" 3>&-
	}
	"${as[@]}" unshare --user true 2>/dev/null || skip "user namespaces are not for ordinary users here"
	mkdir -p "$STATE" b
	B=$W/b
	cp -a "$SUITE/root" b/rootfs
	echo old >b/rootfs/marker
	chown -hR 1000:1000 "$W"
	hull spec --rootless --bundle b
	reconfigure '.process.terminal = false | .root.readonly = false | .process.args = ["/bin/probe", "pause"] | '"$no_mounts"
	run_hull run -d -b b "$ID"
	expect 0
	sees old
	hull delete --force "$ID"
}

# ---- mounts ----

@test "mounts: /proc is gone, covered, or shows only one's own processes" {
	local how
	for how in 'umount -l /proc' 'mount -t tmpfs t /proc' 'mount -o remount,hidepid=2 /proc' 'mount -o remount,ro /proc'; do
		changed . "$how"
		sees old --user 7:8 --additional-gids 9 --cwd /tmp
		there mnt pid
		hull delete --force "$ID"
		rm -rf --one-file-system "$B"
	done
}

@test "mounts: /proc, /dev, /tmp and /sys are gone at once" {
	changed . 'for d in proc dev sys; do umount -l /$d; done'
	sees old
	run_hull exec "$ID" /bin/sh -c 'echo to standard error >&2; exit 5'
	expect 5 '^to standard error$'
}

@test "mounts: /dev is covered; without its devpts there is no terminal" {
	changed . 'mount -t tmpfs t /dev'
	sees old
	run_hull exec --tty "$ID" /bin/probe true
	expect 255 'console: .*dev/pts/ptmx: no such file or directory' 'a terminal needs a devpts on /dev/pts'
}

@test "mounts: what lies over /bin is what is executed" {
	changed . 'mkdir /y; cp /bin/busybox /y/cat; cp /bin/probe /y/probe; mount -o bind /y /bin'
	sees old
	run_hull exec "$ID" /bin/sh
	expect 255 'exec: "/bin/sh": stat /bin/sh: no such file or directory'
	run_hull exec "$ID" ls
	expect 255 'exec: "ls": executable file not found in \$PATH'
}

@test "mounts: a fake /proc cannot pretend anything" {
	changed . 'mount -t tmpfs t /proc; mkdir -p /proc/self/fd /proc/self/attr /proc/self/ns; ln -s / /proc/self/root;
		for n in 0 1 2 3 4 5 6 7 8 9; do ln -s /marker /proc/self/fd/$n; done'
	sees old
	there mnt pid uts
}

# ---- namespaces ----

@test "namespaces: those that the first process is in now" {
	local pair
	for pair in 0x20000:mnt 0x4000000:uts 0x8000000:ipc 0x40000000:net 0x2000000:cgroup; do
		changed . : /bin/probe unshare "${pair%:*}" /bin/probe pause
		there mnt uts ipc net cgroup pid
		sees old
		hull delete --force "$ID"
		rm -rf --one-file-system "$B"
	done
}

@test "namespaces: also of kinds that the configuration does not list" {
	changed 'del(.hostname) | .linux.namespaces |= map(select(.type | IN("uts", "network", "cgroup") | not))' : \
		/bin/probe unshare $((0x4000000 | 0x40000000 | 0x2000000)) /bin/probe pause
	[ "$(ns "$(pid_of)" uts)" != "$(ns self uts)" ]
	there mnt uts ipc net cgroup pid
}

@test "namespaces: shared with who made the container, not with who calls exec" {
	started 'del(.hostname) | .linux.namespaces |= map(select(.type != "uts"))'
	run_hull exec "$ID" hostname
	local want=$output
	unshare --uts sh -c 'hostname elsewhere; exec "$@"' sh "$HULL" --root "$STATE" exec "$ID" hostname >out 3>&-
	[ "$(<out)" = "$want" ]
}

@test "namespaces: a user namespace of its own takes nothing from us" {
	changed . : /bin/probe unshare 0x10000000 /bin/probe pause
	sees old
	[ "$(ns "$(pid_of)" user)" != "$(ns self user)" ]
}

@test "namespaces: in a user namespace the first process made another, where we are nobody" {
	changed "$userns" : /bin/probe unshare 0x10000000 /bin/probe pause
	run_hull exec "$ID" /bin/cat /marker
	expect 255 'invalid argument' "not mapped in the user namespace that the container's first process is in"
}
