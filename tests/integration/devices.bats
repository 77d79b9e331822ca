#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.devices and the default devices: as root, in user namespaces, as an ordinary user.
load helpers

userns='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
	.linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'

# shellcheck disable=SC2089 # patterns, not commands
DEFAULTS=('/dev/null char 0666 0:0 1:3' '/dev/zero char 0666 0:0 1:5' '/dev/full char 0666 0:0 1:7'
	'/dev/random char 0666 0:0 1:8' '/dev/urandom char 0666 0:0 1:9' '/dev/tty char 0666 0:0 5:0')
NODES='/dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty'
USE='head -c4 /dev/zero | wc -c; head -c4 /dev/urandom | wc -c; echo x >/dev/null && echo x >/dev/full'

# Modes, owners, places, kinds: everything about configured nodes.
many='.linux.devices = [
	{path: "/dev/mine", type: "c", major: 1, minor: 5, fileMode: 416, uid: 7, gid: 8},
	{path: "/dev/deep/down/disk", type: "b", major: 7, minor: 200, fileMode: 432, gid: 6},
	{path: "/opt/x/unbuffered", type: "u", major: 1, minor: 8},
	{path: "/opt/fifo", type: "p", fileMode: 384, uid: 9, gid: 10},
	{path: "/dev/null", type: "c", major: 1, minor: 3, fileMode: 438, uid: 1}]'
MANY=('/dev/mine char 0640 7:8 1:5' '/dev/deep/down/disk block 0660 0:6 7:200'
	'/opt/x/unbuffered char 0666 0:0 1:8' '/opt/fifo fifo 0600 9:10 ' '/dev/null char 0666 1:0 1:3')
MANY_NODES='/dev/mine /dev/deep/down/disk /opt/x/unbuffered /opt/fifo /dev/null'

# The root file system belongs to the container's root.
owned() {
	bundle "$ID" '.process.args = ["/bin/sh", "-c", $s] | '"$1" --arg s "$2"
	chmod 755 "$B" "$B/rootfs"
	chown -hR 100000:200000 "$B/rootfs"
	run_hull run -b "$B" "$ID"
}

@test "the default ones: numbers, modes, owners, use" {
	shell . "probe stat $NODES; $USE"
	expect fail "${DEFAULTS[@]}" '
4
4
' 'No space left'
}

@test "the default ones in a user namespace: belong to its root, not to nobody" {
	shell "$userns" "probe stat $NODES; $USE; chmod 600 /dev/null && probe stat /dev/null"
	expect 0 "${DEFAULTS[@]}" '
4
4
' 'No space left' '/dev/null char 0600'
	[ "$(stat -c %a /dev/null)" = 666 ]
}

@test "the default ones without any devices member, and with an empty one" {
	container 'del(.linux.devices)' /bin/probe stat /dev/zero
	expect 0 '1:5'
	rm -rf "$B"
	container '.linux.devices = []' /bin/probe stat /dev/zero
	expect 0 '1:5'
}

@test "configured ones: modes, owners, kinds, places, whatever the umask" {
	umask 077
	shell "$many" "probe stat $MANY_NODES"
	umask 022
	expect 0 "${MANY[@]}"
}

@test "configured ones in a user namespace: the same" {
	umask 077
	owned "$userns | $many" "probe stat $MANY_NODES; probe open-try /opt/x/unbuffered 0"
	umask 022
	expect 0 "${MANY[@]}" 'ok$'
	# Once more, on what the first time left in the root file system.
	run_hull run -b "$B" "$ID"
	expect 0 "${MANY[@]}"
}

@test "configured ones in a user namespace that is joined: the same" {
	hold --user
	echo "0 100000 65536" >"/proc/$HOLDER/uid_map"
	echo "0 200000 65536" >"/proc/$HOLDER/gid_map"
	owned ".linux.namespaces += [{type: \"user\", path: \"/proc/$HOLDER/ns/user\"}] | $many" \
		"probe stat $MANY_NODES /dev/zero"
	expect 0 "${MANY[@]}" '/dev/zero char 0666 0:0'
}

@test "an owner who has no id in the user namespace is refused" {
	container "$userns"' | .linux.devices = [{path: "/dev/x", type: "c", major: 1, minor: 3, uid: 70000}]' \
		/bin/probe true
	expect fail 'config.json:[0-9]+:[0-9]+: /linux/devices/0/uid: 70000'
	rm -rf "$B"
	hold --user
	echo "0 100000 10" >"/proc/$HOLDER/uid_map"
	echo "0 100000 10" >"/proc/$HOLDER/gid_map"
	container ".linux.namespaces += [{type: \"user\", path: \"/proc/$HOLDER/ns/user\"}] |
		.linux.devices = [{path: \"/dev/x\", type: \"c\", major: 1, minor: 3, gid: 10}]" /bin/probe true
	expect fail 'gid, 10.*config.json:[0-9]+:[0-9]+ /linux/devices/0'
}

@test "something else in the way is an error, the device itself is not" {
	local what user
	for user in . "$userns"; do
		for what in 'echo text >x' 'mknod x c 1 5' 'mknod x b 1 3' 'mkfifo x' 'mkdir x' 'ln -s /etc/passwd x'; do
			bundle "$ID" "$user"' | .linux.devices = [{path: "/opt/x", type: "c", major: 1, minor: 3}]'
			mkdir "$B/rootfs/opt"
			(cd "$B/rootfs/opt" && eval "$what")
			chown -hR 100000:200000 "$B/rootfs/opt"
			run_hull run -b "$B" "$ID"
			expect fail '/opt/x' 'config.json:[0-9]+:[0-9]+ /linux/devices/0' 'file exists|already'
			rm -rf "$B"
		done
		bundle "$ID" "$user"' | .linux.devices = [{path: "/opt/x", type: "c", major: 1, minor: 3, fileMode: 384, uid: 3}] |
			.process.args = ["/bin/probe", "stat", "/opt/x"]'
		mkdir "$B/rootfs/opt"
		mknod "$B/rootfs/opt/x" c 1 3
		chown -hR 100000:200000 "$B/rootfs/opt"
		run_hull run -b "$B" "$ID"
		expect 0 '/opt/x char 0600 3:0 1:3'
		rm -rf "$B"
	done
}

@test "links and odd parents in the root do not lead out" {
	bundle b '.linux.devices = [{path: "/link/x", type: "c", major: 1, minor: 3}] |
		.process.args = ["/bin/probe", "stat", "/link/x"]'
	mkdir "$W/victim"
	ln -s "$W/victim" "$B/rootfs/link"
	run_hull run -b "$B" "$ID"
	expect 0 'char'
	[ -z "$(ls -A "$W/victim")" ]
}

@test "below /proc none are made" {
	container '.linux.devices = [{path: "/proc/self/attr/x", type: "c", major: 1, minor: 3}]' /bin/probe true
	expect fail 'config.json:[0-9]+:[0-9]+: /linux/devices/0/path'
	rm -rf "$B"
	bundle "$ID" "$userns"' | .linux.devices = [{path: "/link/status", type: "c", major: 1, minor: 3}]'
	ln -s proc/self "$B/rootfs/link"
	run_hull run -b "$B" "$ID"
	expect fail 'already|procfs'
}

@test "what the configuration must not say" {
	local what
	for what in '{path: "/dev/x", type: "x", major: 1, minor: 3}' '{path: "/dev/x", major: 1, minor: 3}' \
		'{path: "", type: "c", major: 1, minor: 3}' '{path: "dev/x", type: "c", major: 1, minor: 3}' \
		'{type: "c", major: 1, minor: 3}' '{path: "/dev/x", type: "c", minor: 3}' \
		'{path: "/dev/x", type: "b", major: 3}' '{path: "/dev/x", type: "u", major: -1, minor: 3}' \
		'{path: "/dev/x", type: "c", major: 4096, minor: 3}' '{path: "/dev/x", type: "c", major: 1, minor: 1048576}' \
		'{path: "/dev/x", type: "c", major: 1, minor: 3, fileMode: 2048}'; do
		container ".linux.devices = [$what]" /bin/probe true
		expect fail 'config.json:[0-9]+:[0-9]+: /linux/devices/0'
		rm -rf "$B"
	done
}

@test "a device that is listed twice is a warning" {
	container '.linux.devices = [{path: "/dev/a", type: "c", major: 1, minor: 3}, {path: "/dev/b", type: "c",
		major: 1, minor: 3}]' /bin/probe stat /dev/a /dev/b
	expect 0 'linux/devices/1.*linux.devices\[0\]' '/dev/a char' '/dev/b char'
}

@test "a fifo has no numbers, and works" {
	owned "$userns"' | .linux.devices = [{path: "/opt/p", type: "p", fileMode: 438}]' \
		'cat /opt/p & echo through >/opt/p; wait'
	expect 0 '^through$'
}

@test "links of /dev: only with a /proc, and what is there stays" {
	container '.mounts |= map(select(.destination != "/proc")) | .linux.readonlyPaths = [] | .linux.maskedPaths = []' \
		/bin/probe stat /dev/fd /dev/stdin /dev/stdout /dev/stderr /dev/ptmx
	expect 0 '/dev/fd ENOENT
/dev/stdin ENOENT
/dev/stdout ENOENT
/dev/stderr ENOENT
/dev/ptmx link'
	rm -rf "$B"
	bundle b '.mounts |= map(select(.destination | startswith("/dev") | not)) |
		.process.args = ["/bin/probe", "stat", "/dev/fd", "/dev/stdin", "/dev/ptmx"]'
	echo mine >"$B/rootfs/dev/stdin"
	ln -s /elsewhere "$B/rootfs/dev/fd"
	ln -s /elsewhere "$B/rootfs/dev/ptmx"
	run_hull run -b "$B" "$ID"
	expect 0 '/dev/fd link .* -> /elsewhere
/dev/stdin file .*
/dev/ptmx link .* -> pts/ptmx'
}

@test "/dev/ptmx: a file or a configured node gives way" {
	local user
	for user in . "$userns"; do
		shell "$user"' | .linux.devices = [{path: "/dev/ptmx", type: "c", major: 5, minor: 2}]' \
			'probe stat /dev/ptmx; probe open-try /dev/ptmx 2'
		expect 0 '-> pts/ptmx
ok$'
		rm -rf "$B"
	done
}

@test "/dev bound: it is the caller's, nothing is made in it; elsewhere it is" {
	mkdir mydev
	mknod mydev/null c 1 3
	shell ".mounts = [.mounts[] | select(.destination | startswith(\"/dev\") | not)] +
		[{destination: \"/dev\", type: \"bind\", source: \"$W/mydev\", options: [\"bind\"]}] |
		.linux.devices = [{path: \"/dev/x\", type: \"c\", major: 1, minor: 3}, {path: \"/opt/x\", type: \"c\", major: 1, minor: 3}]" \
		'ls /dev; probe stat /opt/x'
	expect 0 '^null
/opt/x char'
	[ "$(ls mydev)" = null ]
}

@test "/dev bound, then something mounted on it: it is ours again" {
	mkdir mydev
	shell ".mounts = [{destination: \"/dev\", type: \"bind\", source: \"$W/mydev\", options: [\"bind\"]}] + .mounts" \
		'probe stat /dev/null'
	expect 0 '1:3'
	[ -z "$(ls mydev)" ]
}

@test "/dev read-only: after the nodes were made" {
	shell '.mounts |= map(if .destination == "/dev" then .options += ["ro"] else . end) |
		.linux.devices = [{path: "/dev/a/b", type: "c", major: 1, minor: 3}]' \
		'probe stat /dev/a/b /dev/null; touch /dev/x'
	expect fail '/dev/a/b char' '/dev/null char' 'Read-only'
}

# ---- the terminal ----

# terminal FILTER SCRIPT: created with a terminal, which nobody reads
terminal() {
	"$PROGRAMS/agent" console "$W/console.sock" >"$W/agent.out" 2>&1 3>&- &
	eventually grep -q ready "$W/agent.out"
	run_hull create -b "$B" --console-socket "$W/console.sock" "$ID"
}

@test "/dev/console: made, or the file or node that is there is covered; no link is followed" {
	local what
	for what in true 'echo text >console' 'mknod console c 5 1' 'ln -s ../etc/passwd console' \
		'ln -s /proc/self/status console' 'ln -s null2 console' 'mkdir console'; do
		bundle b '.process.terminal = true | .mounts |= map(select(.destination != "/dev")) |
			.process.args = ["/bin/probe", "pause"]'
		mkdir -p "$B/rootfs/dev/pts"
		(cd "$B/rootfs/dev" && eval "$what")
		terminal
		case $what in
		*ln* | *mkdir*)
			expect fail '/dev/console' 'config.json:[0-9]+:[0-9]+ /process/terminal'
			[ ! -e "$B/rootfs/dev/null2" ] ;;
		*)
			expect 0 '^$'
			grep -q ' /dev/console .* - devpts' "/proc/$(pid_of)/mountinfo"
			hull delete -f "$ID" ;;
		esac
		kill %% 2>/dev/null || true
		wait
		rm -rf "$B" console.sock agent.out
	done
}

# ---- an ordinary user: nodes are the host's ----

# user FILTER SCRIPT: by uid 1000, who is root inside
user() {
	need "no user namespaces for ordinary users" setpriv --reuid 1000 --regid 1000 --clear-groups unshare --user true
	bundle u '.process.args = ["/bin/sh", "-c", $s] | .linux.resources = null | .linux.namespaces =
		[("user", "mount", "pid", "uts", "ipc", "network") | {type: .}] |
		.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}] | .linux.gidMappings = .linux.uidMappings |
		.mounts |= map(select(.destination == "/proc" or .destination == "/dev")) | '"$1" --arg s "$2"
	mkdir -p "$B/rootfs/opt" "$STATE"
	chown 1000:1000 "$STATE" "$B/rootfs/opt"
	chmod 755 "$W" "$B"
	status=0
	timeout -k 2 $((30 * SLOW)) setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all \
		"$HULL" --root "$STATE" run -b "$B" "$ID" >"$W/output" 2>&1 3>&- || status=$?
	output=$(<"$W/output")
	rm -rf "$B"
}

@test "an ordinary user: the default ones are the host's" {
	user . "probe stat $NODES; echo x >/dev/null && echo fine"
	expect 0 '/dev/null char 0666 [0-9]+:[0-9]+ 1:3' '/dev/tty char 0666 [0-9]+:[0-9]+ 5:0' 'fine$'
}

@test "an ordinary user: a host's node by its number, whatever the name here" {
	user '.linux.devices = [{path: "/opt/nothing", type: "c", major: 1, minor: 3, fileMode: 438},
		{path: "/dev/zero2", type: "u", major: 1, minor: 5}]' \
		'probe stat /opt/nothing /dev/zero2; head -c3 /dev/zero2 | wc -c'
	expect 0 '/opt/nothing char 0666 .* 1:3' '/dev/zero2 char .* 1:5' '
3$'
}

@test "an ordinary user: another mode or owner than the host's, or no such device, is an error" {
	user '.linux.devices = [{path: "/opt/x", type: "c", major: 1, minor: 3, fileMode: 384}]' true
	expect fail 'mode 0666, not 0600' 'only root' 'config.json:[0-9]+:[0-9]+ /linux/devices/0'
	user '.linux.devices = [{path: "/opt/x", type: "c", major: 1, minor: 3, uid: 0}]' true
	expect fail 'uid 65534, not 0' 'config.json:[0-9]+:[0-9]+ /linux/devices/0'
	user '.linux.devices = [{path: "/opt/x", type: "c", major: 1, minor: 3, gid: 0}]' true
	expect fail 'gid 65534, not 0' 'config.json:[0-9]+:[0-9]+ /linux/devices/0'
	user '.linux.devices = [{path: "/opt/x", type: "c", major: 240, minor: 77}]' true
	expect fail 'no node for device 240:77' 'config.json:[0-9]+:[0-9]+ /linux/devices/0'
	user '.linux.devices = [{path: "/opt/p", type: "p", fileMode: 384}]' 'probe stat /opt/p'
	expect 0 'fifo 0600 0:0'
}

@test "root without CAP_MKNOD: the host's" {
	bundle b '.process.args = ["/bin/probe", "stat", "/dev/null", "/opt/x"] |
		.linux.devices = [{path: "/opt/x", type: "c", major: 1, minor: 5, fileMode: 438, uid: 0, gid: 0}]'
	status=0
	output=$(timeout $((30 * SLOW)) setpriv --bounding-set=-mknod "$HULL" --root "$STATE" run -b "$B" "$ID" 2>&1 3>&-) || status=$?
	expect 0 '/dev/null char 0666 0:0 1:3' '/opt/x char 0666 0:0 1:5'
	reconfigure "$userns"' | .process.args = ["/bin/probe", "stat", "/dev/null"] | .linux.devices = []'
	output=$(timeout $((30 * SLOW)) setpriv --bounding-set=-mknod "$HULL" --root "$STATE" run -b "$B" "$ID" 2>&1 3>&-) || status=$?
	expect 0 '/dev/null char 0666 65534:65534 1:3'
}
