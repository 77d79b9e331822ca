#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.rootfsPropagation, propagation of bind mounts to and from the host, and
# that nothing else of a container is ever seen outside.
load helpers

admin='.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
userns='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
	.linux.gidMappings = .linux.uidMappings'

# All that happens below $SUITE is shared, as a host's mounts are.
setup() {
	test_begin
	mount --make-shared "$SUITE"
	mkdir src
	mount -t tmpfs src src
	HOST=$(cat /proc/self/mountinfo)
}

teardown() {
	local id
	for id in "$STATE"/*; do
		hull delete --force "${id##*/}" 2>/dev/null || true
	done
	umount "$W/src"
	mount --make-private "$SUITE"
	test_end
}

# What the host sees has not changed since setup.
host_same() {
	diff <(echo "$HOST") /proc/self/mountinfo
}

# propagation PATH: of the mount there, in the container
propagation() {
	awk -v at="$1" '$5 == at { sub(/.*relatime |.*atime /, ""); sub(/ ?- .*/, ""); p = $0 } END { print p }' \
		"/proc/$(pid_of)/mountinfo"
}

shared_group() {
	awk -v at="$1" '$5 == at' /proc/self/mountinfo | grep -o 'shared:[0-9]*'
}

# bound PROPAGATION OPTIONS [FILTER]: created, with such a root and $W/src at /var
bound() {
	created "$admin | .linux.rootfsPropagation = \"$1\" | .mounts += [{destination: \"/var\", type: \"none\",
		source: \"$W/src\", options: (\"$2\" / \",\")}] | ${3-.}"
}

# What is mounted in the container has this in its line of mountinfo.
seen() {
	grep -q "$1" "/proc/$(pid_of)/mountinfo"
}

# inside COMMAND...: in the container's mount namespace, with its root
inside() {
	nsenter --mount="/proc/$(pid_of)/ns/mnt" --root="/proc/$(pid_of)/root" --wd=/ /bin/busybox "$@"
}

@test "absent: a slave of the host, nothing is shared" {
	created .
	host_same
	[[ $(propagation /) = master:* ]]
	run ! grep -q shared: "/proc/$(pid_of)/mountinfo"
	hull delete -f "$ID"
	host_same
}

@test "every kind: the root has it, its mounts too with the r-form, the host is as it was" {
	local kind want
	for kind in private rprivate slave rslave shared rshared unbindable runbindable; do
		created "del(.linux.rootfsPropagation) | .linux.rootfsPropagation = \"$kind\" |
			.mounts += [{destination: \"/var\", type: \"tmpfs\", source: \"x\"}]"
		host_same
		case $kind in
		*private) want='^$' ;;
		*slave) want='^master:[0-9]+$' ;;
		*shared) want='^shared:[0-9]+ master:[0-9]+$' ;;
		*unbindable) want='^unbindable$' ;;
		esac
		[[ $(propagation /) =~ $want ]] || { echo "$kind: $(propagation /)"; return 1; }
		[ "$(propagation / | grep -o 'shared:.* ')" != "$(shared_group "$SUITE") " ]
		case $kind in
		rshared) want='^shared:[0-9]+$' ;;
		runbindable) want='^unbindable$' ;;
		*) want='^$' ;;
		esac
		[[ $(propagation /var) =~ $want ]] || { echo "$kind, /var: $(propagation /var)"; return 1; }
		hull delete -f "$ID"
		rm -rf "$B"
		host_same
	done
}

@test "every kind, in a user namespace and without pivot_root" {
	local kind
	for kind in private slave shared rshared unbindable runbindable; do
		created "$userns | .linux.rootfsPropagation = \"$kind\""
		host_same
		hull delete -f "$ID"
		[ $kind = private ] || run_hull run --no-pivot -b "$B" "$ID" </dev/null &
		[ $kind = private ] || { eventually state_is running; host_same; hull delete -f "$ID"; }
		wait
		rm -rf "$B"
		host_same
	done
}

@test "an unknown one is refused" {
	container '.linux.rootfsPropagation = "sharedly"' /bin/probe true
	expect fail 'config.json:[0-9]+:[0-9]+: /linux/rootfsPropagation'
	container '.linux.rootfsPropagation = "ro"' /bin/probe true
	expect fail 'config.json:[0-9]+:[0-9]+: /linux/rootfsPropagation'
}

@test "slave: what the host mounts below the root appears; private: it does not" {
	created '.linux.rootfsPropagation = "slave"'
	mkdir -p "$B/rootfs/later"
	mount -t tmpfs later "$B/rootfs/later"
	grep -q ' /later .* - tmpfs later' "/proc/$(pid_of)/mountinfo"
	umount "$B/rootfs/later"
	run ! grep -q ' /later ' "/proc/$(pid_of)/mountinfo"
	hull delete -f "$ID"
	created '.linux.rootfsPropagation = "private"'
	mount -t tmpfs later "$B/rootfs/later"
	run ! grep -q ' /later ' "/proc/$(pid_of)/mountinfo"
	umount "$B/rootfs/later"
}

@test "shared: mounts of a namespace below appear in the container, not on the host" {
	shell "$admin"' | .linux.rootfsPropagation = "shared"' '
		mkdir -p /here
		busybox unshare -m --propagation shared mount -t tmpfs nested /here
		grep -c "nested" /proc/self/mountinfo; grep -c nested /proc/1/mountinfo'
	expect 0 '^1
1$'
	host_same
	shell "$admin" '
		mkdir -p /here
		busybox unshare -m --propagation shared mount -t tmpfs nested /here
		grep -c "nested" /proc/self/mountinfo'
	expect fail '^0$'
	host_same
}

@test "unbindable: the root cannot be bound" {
	shell "$admin"' | .linux.rootfsPropagation = "unbindable"' 'probe mount-try / /tmp none 4096'
	expect fail '^EINVAL$'
	shell "$admin" 'probe mount-try / /tmp none 4096'
	expect 0 '^ok$'
}

@test "unbindable: read-only and masked paths work all the same" {
	shell '.linux.rootfsPropagation = "runbindable" | .linux.readonlyPaths = ["/etc", "/proc/sys"] |
		.linux.maskedPaths = ["/home", "/etc/passwd", "/etc/group"]' \
		'touch /etc/x; ls -A /home | wc -l; wc -c </etc/passwd; wc -c </etc/group'
	expect 0 'Read-only' '
0
0
0$'
}

@test "bind, rshared, shared root: mounts travel both ways" {
	local kind
	for kind in shared rshared; do
		bound $kind rbind,$kind
		host_same
		[ "$(propagation /var)" = "$(shared_group "$W/src")" ]
		mkdir -p src/host src/container
		mount -t tmpfs from-host src/host
		seen ' /var/host .* from-host'
		inside mount -t tmpfs from-container /var/container
		grep -q " $W/src/container .* from-container" /proc/self/mountinfo
		umount src/container
		run ! seen from-container
		umount src/host
		hull delete -f "$ID"
		host_same
		rm -rf "$B"
	done
}

@test "bind, rshared, in a user namespace: the same" {
	bound rshared rbind,rshared "$userns"
	host_same
	mkdir -p src/host
	mount -t tmpfs from-host src/host
	seen ' /var/host .* from-host'
	umount src/host
	[ "$(propagation /var)" = "$(shared_group "$W/src")" ]
}

@test "bind, rshared, but the root is not shared: only the host speaks" {
	bound slave rbind,rshared
	[[ $(propagation /var) = shared:*\ master:* ]]
	mkdir -p src/host src/container
	mount -t tmpfs from-host src/host
	seen from-host
	umount src/host
	inside mount -t tmpfs from-container /var/container
	host_same
}

@test "bind, rshared, of a private source: shared in the container alone" {
	mount --make-private src
	HOST=$(cat /proc/self/mountinfo)
	bound shared rbind,rshared
	[[ $(propagation /var) = shared:* ]]
	mkdir -p src/container
	inside mount -t tmpfs from-container /var/container
	host_same
}

@test "bind without a word, or with another, in a shared root: the host hears nothing" {
	local options want
	for options in rbind rbind,rslave rbind,rprivate rbind,rprivate,rshared; do
		bound rshared $options
		host_same
		mkdir -p src/container
		inside mount -t tmpfs from-container /var/container
		host_same
		[ "$(propagation /var | grep -o 'shared:[0-9]*')" != "$(shared_group "$W/src")" ]
		want=0
		[[ $options != *rprivate* ]] || want=1
		mkdir -p src/host
		mount -t tmpfs from-host src/host
		run seen from-host
		umount src/host
		[ "$status" = $want ]
		hull delete -f "$ID"
		rm -rf "$B"
	done
}

@test "nothing is mounted in what the host shares: it would appear there" {
	local what
	mkdir -p src/below src/node
	touch src/file src/node/x
	for what in '.mounts += [{destination: "/var/below", type: "tmpfs", source: "x"}]' \
		'.mounts += [{destination: "/var/below", type: "none", source: "/etc", options: ["bind"]}]' \
		'.mounts += [{destination: "/var/file", type: "none", source: "/etc/passwd", options: ["bind"]}]' \
		'.linux.maskedPaths += ["/var/below"]' '.linux.maskedPaths += ["/var/file"]' \
		'.linux.readonlyPaths += ["/var/below"]' \
		"$userns"' | .linux.devices = [{path: "/var/node/x", type: "c", major: 1, minor: 3}]'; do
		run bound rshared rbind,rshared "$what"
		[ "$status" != 0 ]
		[[ $output =~ 'shared with the host' ]] || { echo "$what: $output"; return 1; }
		[[ $output =~ config.json:[0-9]+:[0-9]+\ /(mounts|linux/(maskedPaths|readonlyPaths|devices))/[0-9]+ ]]
		[ -z "$(ls -A "$STATE")" ]
		rm -rf "$B"
		host_same
	done
}

@test "nothing is mounted in it through a link, either; beside it everything is" {
	mkdir -p src/below
	bound rshared rbind,rshared '.mounts += [{destination: "/tmp/x", type: "tmpfs", source: "x"}]'
	hull delete -f "$ID"
	ln -s ../var/below "$B/rootfs/tmp/link"
	reconfigure '.mounts[-1].destination = "/tmp/link"'
	run_hull create -b "$B" "$ID"
	expect fail 'shared with the host'
	host_same
}

@test "nor is the terminal, where all of /dev is shared with the host" {
	mkdir src/pts src/shm src/mqueue
	touch src/console
	"$PROGRAMS/agent" console "$W/console.sock" >"$W/agent.out" 2>&1 3>&- &
	eventually grep -q ready agent.out
	bundle b ".process.terminal = true | .linux.rootfsPropagation = \"shared\" |
		.mounts |= map(select(.destination | startswith(\"/dev\") | not)) |
		.mounts += [{destination: \"/dev\", type: \"none\", source: \"/dev\", options: [\"rbind\", \"rslave\"]},
			{destination: \"/dev/console\", type: \"none\", source: \"$W/src/console\", options: [\"bind\", \"shared\"]}]"
	run_hull create -b "$B" --console-socket "$W/console.sock" "$ID"
	kill %% 2>/dev/null || true
	wait
	expect fail 'shared with the host' '/process/terminal'
	host_same
}

@test "a joined mount namespace that shares its mounts is left alone" {
	hold --mount --propagation unchanged
	bundle b '.linux.namespaces |= map(if .type == "mount" then .path = $p else . end)' \
		--arg p "/proc/$HOLDER/ns/mnt"
	run_hull run -b "$B" "$ID"
	expect fail 'joined mount namespace .* is shared'
	host_same
	unhold
}

@test "the runtime's own mount namespace is not joined" {
	bundle b '.linux.namespaces |= map(if .type == "mount" then .path = $p else . end)' \
		--arg p "/proc/self/ns/mnt"
	run_hull run -b "$B" "$ID"
	expect fail '/mounts: needs a mount namespace'
	host_same
}

@test "the runtime keeps none of the container's mounts open" {
	bundle b "$userns"' | .process.args = ["/bin/probe", "pause"] | .mounts += [{destination: "/var", type: "none",
		source: ($w + "/src"), options: ["bind"]}]' --arg w "$W"
	hull run -b "$B" "$ID" >/dev/null 2>&1 &
	eventually state_is running
	local parent
	parent=$(awk '$1 == "PPid:" { print $2 }' "/proc/$(pid_of)/status")
	for fd in "/proc/$parent/fd"/*; do
		[ "$(readlink "$fd")" != / ]
	done
	hull kill "$ID" KILL
	wait
}
