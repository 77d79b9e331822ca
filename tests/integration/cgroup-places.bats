#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Where a container's cgroup can be, and how it ends, whatever is in it by then.
load helpers

cg=/sys/fs/cgroup

place() {
	sed -n 's/^0:://p' "/proc/$(pid_of)/cgroup"
}

# inhabit CGROUP: a process in it
inhabit() {
	sh -c 'echo $$ >"$0/cgroup.procs"; echo $$ >"$1/inhabitant"; exec sleep 600' "$1" "$W" 3>&- &
	disown
	eventually test -s "$W/inhabitant"
}

# leave CGROUP: ends who lives there
leave() {
	local pid
	for pid in $(<"$1/cgroup.procs"); do
		kill -9 "$pid"
	done
	eventually eval "[ -z \"\$(cat $1/cgroup.procs)\" ]"
}

# refused PATTERN...: no container can be made with cgroupsPath $1, and nothing changes
refused() {
	local path=$1 before after
	shift
	before=$(host_digest)
	bundle b ".linux.cgroupsPath = \"$path\""
	run_hull create -b "$B" "$ID"
	expect fail '/linux/cgroupsPath' "$@"
	after=$(host_digest)
	[ "$before" = "$after" ] || { diff <(echo "$before") <(echo "$after"); return 1; }
	rm -rf "$B"
}

# What the container's user may do with cgroups of its own.
writable='.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'

# ---- where ----

@test "below a cgroup with processes: no controllers, and it stays what it is" {
	mkdir $cg/busy
	inhabit $cg/busy
	created '.linux.cgroupsPath = "/busy/one"'
	[ "$(place)" = /busy/one ]
	[ "$(cat $cg/busy/cgroup.type)" = domain ]
	[ -z "$(cat $cg/busy/cgroup.subtree_control)" ]
	hull delete --force "$ID"
	[ ! -e $cg/busy/one ]
	leave $cg/busy
	rmdir $cg/busy
}

@test "below a cgroup with processes, with a limit: an error that names it and the way out" {
	controller hugetlb || skip "no controller hugetlb"
	mkdir $cg/busy
	inhabit $cg/busy
	bundle b '.linux.cgroupsPath = "/busy/one" | .linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 0}]'
	run_hull create -b "$B" "$ID"
	expect fail '/linux/resources/hugepageLimits/0' 'hugetlb is not handed on by cgroup /sys/fs/cgroup/busy' \
		'processes of its own' 'cgroups\(7\)'
	[ ! -e $cg/busy/one ]
	leave $cg/busy
	rmdir $cg/busy
}

@test "a threaded cgroup, or below one: an error that names it" {
	mkdir -p $cg/dom/thr
	echo threaded >$cg/dom/thr/cgroup.type
	refused /dom/thr '/sys/fs/cgroup/dom/thr is threaded' 'Thread mode'
	refused /dom/thr/x '/sys/fs/cgroup/dom/thr is threaded'
	refused /dom/x/y '/sys/fs/cgroup/dom is domain threaded'
	rmdir $cg/dom/thr $cg/dom
}

@test "below a frozen cgroup: an error, and no wait" {
	mkdir -p $cg/cold/a
	echo 1 >$cg/cold/cgroup.freeze
	refused /cold/x '/sys/fs/cgroup/cold is frozen' cgroup.freeze
	refused /cold/a/x '/sys/fs/cgroup/cold/a is frozen'
	refused /cold/a 'unexpectedly frozen'
	rmdir $cg/cold/a $cg/cold
}

@test "one that hands controllers on: an error that names it" {
	controller hugetlb || skip "no controller hugetlb"
	mkdir $cg/inner
	echo +hugetlb >$cg/inner/cgroup.subtree_control
	refused /inner '/sys/fs/cgroup/inner hands controllers on' 'hugetlb' 'no internal'
	rmdir $cg/inner
}

@test "no room for one more: an error that says where" {
	mkdir $cg/full
	echo 0 >$cg/full/cgroup.max.descendants
	refused /full/x 'cgroup.max.descendants'
	rmdir $cg/full
}

@test "one that was there: idle below, too; those who live in it are let live" {
	mkdir -p $cg/there/below
	inhabit $cg/there/below
	refused /there 'not empty: 1 process'
	kill -0 "$(<inhabitant)"
	leave $cg/there/below
	rmdir $cg/there/below $cg/there
}

@test "one that was there stays, empty of what the container left, to be used again" {
	local i
	mkdir -p $cg/there/kept
	bundle b '.linux.cgroupsPath = "/there" | .linux.namespaces |= map(select(.type != "pid")) |
		.process.args = ["/bin/sh", "-c", "(trap \"\" TERM; while :; do sleep 1 & wait; done) & exec /bin/probe pause"]'
	for i in one two; do
		run_hull create -b "$B" "$i"
		expect 0
		hull start "$i"
		eventually eval '[ "$(wc -l <$cg/there/cgroup.procs)" -ge 3 ]'
		hull delete --force "$i"
		[ -z "$(cat $cg/there/cgroup.procs)" ]
		grep -qx 'frozen 0' $cg/there/cgroup.events
	done
	run_hull create -b "$B" three
	expect 0
	hull start three
	hull kill three KILL
	eventually eval '[ "$(hull state three | jq -r .status)" = stopped ]'
	hull delete three
	rmdir $cg/there/kept $cg/there
}

# ---- the end ----

@test "delete removes what is nested deeper than descriptors last" {
	local deep
	started '.linux.cgroupsPath = "/deep"'
	deep=$(printf '%01000d' 0 | sed 's|0|d/|g')
	(cd $cg/deep && for _ in 1 2 3; do mkdir -p "$deep" && cd "$deep" || exit; done)
	run_hull ps "$ID"
	expect 0
	run_hull delete --force "$ID"
	expect 0 '^$'
	[ ! -e $cg/deep ]
}

@test "delete removes many, and those that are frozen or threaded" {
	started ".linux.cgroupsPath = \"/odd\" | $writable" /bin/sh -c '
		cd /sys/fs/cgroup; for i in $(seq 300); do mkdir m$i m$i/n; done
		mkdir cold main thr thr/a; echo $$ >main/cgroup.procs
		echo threaded >thr/a/cgroup.type
		(echo 0 >cold/cgroup.procs; exec sleep 600) & sleep 0.2; echo 1 >cold/cgroup.freeze
		(echo 0 >thr/cgroup.procs; echo 0 >thr/a/cgroup.threads; exec sleep 600) & sleep 0.2
		touch /dev/shm/done; exec /bin/probe pause'
	eventually test -e "/proc/$(pid_of)/root/dev/shm/done"
	grep -q . $cg/odd/thr/a/cgroup.threads
	run_hull ps --format json "$ID"
	expect 0 '^\[[0-9]+,[0-9]+,[0-9]+\]'
	run_hull kill --all "$ID" WINCH
	expect 0
	run_hull delete --force "$ID"
	expect 0 '^$'
	[ ! -e $cg/odd ]
}

@test "delete of what forks all the time" {
	started '.linux.cgroupsPath = "/bomb" | .linux.namespaces |= map(select(.type != "pid"))' /bin/sh -c '
		bomb() { while :; do (sleep 0.01 & (sleep 0.02 &) & wait) & sleep 0.01; done; }; bomb & bomb & exec /bin/probe pause'
	eventually eval '[ "$(wc -l <$cg/bomb/cgroup.procs)" -gt 5 ]'
	run_hull delete --force "$ID"
	expect 0 '^$'
	[ ! -e $cg/bomb ]
}

@test "delete while somebody puts processes into it" {
	local i
	for i in {1..10}; do
		created '.linux.cgroupsPath = "/visited"'
		(while sh -c 'echo $$ >/sys/fs/cgroup/visited/cgroup.procs && exec sleep 5'; do :; done) >/dev/null 2>&1 3>&- &
		eventually eval '[ "$(wc -l <$cg/visited/cgroup.procs)" -gt 1 ]'
		run_hull delete --force "$ID"
		expect 0 '^$'
		[ ! -e $cg/visited ]
		rm -rf "$B"
		wait
	done
}

@test "the last ones of a shared parent go at the same time" {
	local i
	bundle b '.linux.cgroupsPath = "shared/ID"'
	for i in {1..6}; do
		jq '.linux.cgroupsPath = "shared/" + $i' --arg i "$i" <"$B/config.json" >"$W/config$i.json"
	done
	for _ in {1..5}; do
		for i in {1..6}; do
			(hull create -b "$B" --config "$W/config$i.json" "c$i" >"$W/out$i" 2>&1 &&
				hull delete --force "c$i" >>"$W/out$i" 2>&1 || echo failed >>"$W/out$i") &
		done
		wait
		cat "$W"/out?
		[ -z "$(cat "$W"/out?)" ]
	done
	[ ! -e $cg/hull/shared ]
}

# ---- other mounts ----

# in_place SCRIPT COMMAND...: the command where SCRIPT has mounted hierarchies
in_place() {
	local script=$1
	shift
	status=0
	timeout --foreground -k 2 60 unshare -m bash -c "set -e; $script; exec \"\$@\"" -- "$@" \
		>"$W/output" 2>&1 3>&- || status=$?
	output=$(<"$W/output")
}

hybrid='mount -t tmpfs tmpfs /sys/fs/cgroup
	mkdir /sys/fs/cgroup/unified /sys/fs/cgroup/pids
	mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
	mount -t cgroup -o pids cgroup /sys/fs/cgroup/pids || exit 99'

@test "a hybrid host: containers are followed, frozen, filtered and killed in the hierarchy of v2" {
	bundle b '.linux.cgroupsPath = "/hybrid" | .linux.namespaces |= map(select(.type != "pid" and .type != "cgroup")) |
		.linux.resources.devices = [{allow: false, access: "rwm"}] |
		.linux.devices = [{path: "/dev/x", type: "c", major: 240, minor: 7, fileMode: 438}] |
		.process.args = ["/bin/sh", "-c", "/bin/probe open-try /dev/x >/dev/shm/tried; sleep 600 & exec /bin/probe pause"]'
	in_place "$hybrid" bash -ec '
		h() { "$HULL" --root "$0" "$@"; }
		cg=/sys/fs/cgroup/unified/hybrid
		h create -b "$1" c </dev/null >/dev/null 2>&1
		h start c
		pid=$(h state c | jq .pid)
		for i in $(seq 100); do [ "$(wc -l <$cg/cgroup.procs)" = 2 ] && break; sleep 0.05; done
		cat /proc/$pid/root/dev/shm/tried
		h ps --format json c
		grep -h "^0::" /proc/$pid/cgroup
		h pause c
		grep frozen $cg/cgroup.events
		h resume c
		h kill c KILL
		for i in $(seq 100); do grep -q "populated 0" $cg/cgroup.events && break; sleep 0.05; done
		grep populated $cg/cgroup.events
		h delete c
		[ ! -e $cg ] && echo gone' "$STATE" "$B"
	[ "$status" != 99 ] || skip "this kernel has no v1 pids hierarchy to spare"
	expect 0 'EPERM
\[[0-9]+,[0-9]+\]' '0::/hybrid
frozen 1
populated 0
gone'
}

@test "a hybrid host: a limit whose controller v1 has is an error that says so, before anything is made" {
	bundle b '.linux.cgroupsPath = "/hybrid" | .linux.resources.pids.limit = 10'
	in_place "$hybrid" "$HULL" --root "$STATE" create -b "$B" "$ID"
	[ "$status" != 99 ] || skip "this kernel has no v1 pids hierarchy to spare"
	expect fail '/linux/resources/pids/limit' 'controller pids belongs to cgroup v1' 'cgroup_no_v1'
	[ ! -e "$STATE/$ID" ]
}

@test "several cgroup2 mounts: the one that shows all and may be written" {
	bundle b '.linux.cgroupsPath = "/right" | .process.args = ["/bin/probe", "cat", "/proc/self/cgroup"] |
		.linux.namespaces |= map(select(.type != "cgroup")) | .mounts |= map(select(.type != "cgroup"))'
	mkdir $cg/part
	in_place 'mkdir "$W/part" "$W/ro" "$W/all"
		mount --bind /sys/fs/cgroup/part "$W/part"
		mount -t cgroup2 cgroup2 "$W/ro"; mount -o remount,bind,ro "$W/ro"
		mount -t cgroup2 cgroup2 "$W/all"
		umount /sys/fs/cgroup; mount -t tmpfs tmpfs /sys/fs/cgroup' \
		"$HULL" --root "$STATE" run -b "$B" "$ID"
	expect 0 '0::/right'
	rmdir $cg/part
}

@test "a part of the hierarchy is bound to its place: paths are below that" {
	mkdir $cg/part
	bundle b '.linux.cgroupsPath = "/inside" | .linux.namespaces |= map(select(.type != "cgroup")) |
		.mounts |= map(select(.type != "cgroup")) | .process.args = ["/bin/probe", "pause"]'
	in_place 'mount --bind /sys/fs/cgroup/part /sys/fs/cgroup' bash -ec '
		h() { "$HULL" --root "$0" "$@"; }
		h create -b "$1" c </dev/null >/dev/null 2>&1
		h start c
		grep "^0::" "/proc/$(h state c | jq .pid)/cgroup"
		# Its process goes below, and an exec follows it there.
		mkdir /sys/fs/cgroup/inside/leaf
		h state c | jq .pid >/sys/fs/cgroup/inside/leaf/cgroup.procs
		sed "s/[a-z]*/+&/g" /sys/fs/cgroup/inside/cgroup.controllers >/sys/fs/cgroup/inside/cgroup.subtree_control
		h exec c /bin/probe cat /proc/self/cgroup
		h delete --force c' "$STATE" "$B"
	expect 0 '0::/part/inside'
	! controller hugetlb || [[ $output =~ 0::/part/inside/leaf ]] || complain "exec went elsewhere"
	rmdir $cg/part
}

@test "within a container: a private cgroup namespace and a cgroup mount that may be written" {
	local inner=/var/inner root
	# All that we may do ourselves, and the libraries of this machine.
	started ".linux.cgroupsPath = \"/outer\" | $writable"' | del(.process.capabilities) |
		.linux.maskedPaths = [] | .linux.readonlyPaths = [] | .process.noNewPrivileges = false |
		.mounts += ([["/usr", "/lib", "/lib64"][] | {destination: ., type: "bind", source: ., options: ["rbind", "ro"]}] +
			[{destination: "/var/hull", type: "bind", source: ($ENV.HULL | sub("/[^/]*$"; "")), options: ["bind", "ro"]},
			 {destination: "'$inner'", type: "tmpfs", source: "tmpfs"}])'
	root=/proc/$(pid_of)/root
	[ "$(place)" = /outer ]
	cp -a "$SUITE/root" "$root$inner/rootfs"
	jq '.process.terminal = false | .root = {path: "rootfs"} | .linux.cgroupsPath = "/docker/x" |
		.process.args = ["/bin/probe", "cat", "/proc/self/cgroup"] |
		.linux.namespaces |= map(select(.type != "cgroup"))' "$SUITE/config.json" >"$root$inner/config.json"
	run_hull exec "$ID" /var/hull/"${HULL##*/}" --root /dev/shm/state run -b "$inner" x
	expect 0 '0::/docker/x'
	[ ! -e $cg/outer/docker ]
	run_hull delete --force "$ID"
	expect 0 '^$'
	[ ! -e $cg/outer ]
}
