#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Descriptors: what the caller has open must not get inside.
load helpers

@test "leaked descriptors 3 to 63 are not in the container" {
	bundle b '.process.args = ["/bin/probe", "fds"]'
	run_hull run -b "$B" "$ID" 9</ 10</etc/passwd 20<.. 63</dev/zero
	expect 0 '^0 char
1 (file|fifo)
2 (file|fifo)$'
}

@test "leaked descriptors are not in the waiting init either" {
	bundle b '.process.args = ["/bin/probe", "pause"]'
	run_hull create -b "$B" "$ID" 9</ 10</etc/passwd 20<..
	expect 0
	for fd in 9 10 20; do
		[ "$(readlink "/proc/$(pid_of)/fd/$fd" | grep -cE "^(/|/etc/passwd|$SUITE)$")" = 0 ]
	done
}

@test "a running container has 0, 1 and 2, and its mounts are its own" {
	started .
	local fds
	fds=$(cd "/proc/$(pid_of)/fd" && echo *)
	[ "$fds" = "0 1 2" ]
	[ "$(readlink "/proc/$(pid_of)/exe")" = /bin/probe ]
}

@test "cwd through a leaked descriptor is refused" {
	for fd in 3 4 5 6 7 8 9 10 11 12; do
		bundle b '.process.cwd = "/proc/self/fd/" + $fd | .process.args = ["/bin/probe", "ls", "."]' --arg fd $fd
		run_hull run -b "$B" "$ID" 9</
		expect fail
		expect_no work lost+found vmlinuz
		rm -rf "$B"
	done
}

@test "args through a leaked descriptor are refused" {
	bundle b '.process.args = ["/proc/self/fd/9", "true"]'
	run_hull create -b "$B" "$ID" 9<"$PROBE"
	[ "$status" = 0 ] || return 0
	run_hull start "$ID"
	expect fail
}

@test "--preserve-fds: those and no more" {
	bundle b '.process.args = ["/bin/probe", "probe"]'
	status=0
	"$HULL" --root "$STATE" run --preserve-fds 2 -b "$B" "$ID" >out 3<"$PROBE" 4</dev/zero 5</etc/passwd || status=$?
	[ "$status" = 0 ]
	[ "$(jq -c '[.fds[].fd]' out)" = "[0,1,2,3,4]" ]
}

@test "--preserve-fds: holes are fine" {
	bundle b '.process.args = ["/bin/probe", "probe"]'
	"$HULL" --root "$STATE" run --preserve-fds 6 -b "$B" "$ID" >out 3>&- 4>&- 8</dev/zero
	[ "$(jq -c '[.fds[].fd]' out)" = "[0,1,2,8]" ]
}

@test "standard descriptors that are closed are /dev/null inside" {
	bundle b '.process.args = ["/bin/sh", "-c", "/bin/probe fds >/seen"]'
	run_hull run -b "$B" "$ID" <&-
	expect 0
	"$HULL" --root "$STATE" run -b "$B" "$ID" 3>&- >&- 2>&- <&-
	[ "$(cat "$B/rootfs/seen")" = $'0 char\n1 file\n2 char' ]
}

@test "standard input that is a directory of the host is refused" {
	bundle b .
	run_hull run -b "$B" "$ID" </
	expect fail 'directory|descriptor 0|standard input|stdin'
}

@test "the state directory is closed to others" {
	created .
	[ "$(stat -c %a "$STATE/$ID")" = 700 ]
}

@test "the runtime as the container's own program: not for root; for users a sealed copy, if anything" {
	# CVE-2019-5736: the program replaces itself by the runtime's own file.
	local sum pid
	sum=$(sha256sum <"$HULL")
	mkfifo in
	exec 7<>in
	# As root it is no program any more. Else it waits for standard input; one that needs
	# ld.so does not even start.
	bundle b '.process.args = ["/proc/self/exe", "update", "--resources", "-", "x"]'
	run_hull run --detach -b "$B" "$ID" <in 7>&-
	if [ "$(id -u)" = 0 ] || [[ $(ldd "$HULL" 2>&1) != *static* ]]; then
		exec 7>&-
		expect fail "exec /proc/self/exe"
		[ "$(sha256sum <"$HULL")" = "$sum" ]
		return
	fi
	expect 0
	pid=$(hull state "$ID" | jq .pid)
	[[ $(readlink "/proc/$pid/exe") = "/memfd:hull"* ]]
	[[ $(tr '\0' ' ' <"/proc/$pid/cmdline") = "/proc/self/exe update "* ]]
	run dd if=/dev/null of="/proc/$pid/exe" conv=notrunc
	[ "$status" != 0 ]
	exec 7>&-
	hull delete --force "$ID"
	[ "$(sha256sum <"$HULL")" = "$sum" ]
}

# code_mapped PID: how many bytes of the copy it can execute
code_mapped() {
	local range perms rest bytes=0
	while read -r range perms rest; do
		[[ $perms != *x* || $rest != */memfd:hull* ]] || ((bytes += 0x${range#*-} - 0x${range%-*}))
	done <"/proc/$1/maps"
	echo "$bytes"
}

@test "what waits in a container is a sealed copy of the runtime, with no page of its file" {
	local pid holder filter code=()
	[ "$(id -u)" != 0 ] || { unshare --net sleep 1000 3>&- & holder=$!; }
	# Of all new namespaces, in a user namespace, in one that others are in, and with hooks that hold it up.
	for filter in . '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings' \
		".linux.namespaces |= map(if .type == \"network\" then .path = \"/proc/${holder-self}/ns/net\" else . end)" \
		'.hooks.createRuntime = [{path: "/bin/true"}]'; do
		[ "$(id -u)" = 0 ] || [ "$filter" = . ] || continue
		created "$filter"
		pid=$(jq .pid <(hull state "$ID"))
		[[ $(readlink "/proc/$pid/exe") = "/memfd:hull"* ]]
		grep -q /memfd:hull "/proc/$pid/maps"
		[ "$(grep -cF "$HULL" "/proc/$pid/maps")" = 0 ]
		[ -z "$(find "/proc/$pid/fd" -lname "$HULL")" ]
		code+=("$(code_mapped "$pid")")
		hull delete --force "$ID"
		rm -rf "$B"
	done
	# In the third case it was the parent that became it, and needs all; a child needs less than half.
	if [ "$(id -u)" = 0 ] && [[ $(ldd "$HULL" 2>&1) = *static* ]]; then
		((2 * code[0] < code[2] && code[1] == code[0] && code[3] == code[0]))
	fi
	[ -z "${holder-}" ] || { kill "$holder"; wait "$holder" || true; }
}
