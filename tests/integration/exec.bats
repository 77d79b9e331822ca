#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# exec: one more process in a container that is there.
load helpers

teardown() {
	[ -z "${AGENT_PID-}" ] || kill "$AGENT_PID" 2>/dev/null || true
	test_end
}

# inside ARG...: exec in the test's container
inside() {
	run_hull exec "$@"
}

# look OPTION...: the probe, by exec; what it says is then in $W/probe.json
look() {
	inside "$@" "$ID" /bin/probe probe
	expect 0
	printf '%s\n' "$output" >"$W/probe.json"
}

# process FILTER COMMAND...: a process object in $W/process.json
process() {
	local filter=$1
	shift
	jq '.process | .args = $ARGS.positional | '"$filter" --args -- "$@" <"$B/config.json" >"$W/process.json"
}

# ---- what it runs ----

@test "a program, its output and its status" {
	started .
	inside "$ID" /bin/probe echo one 'two  words' ''
	expect 0 '^one two  words $'
	inside "$ID" /bin/sh -c 'exit 42'
	expect 42 '^$'
	inside "$ID" /bin/sh -c 'kill -9 $$'
	expect 137 '^$'
}

@test "what follows the id belongs to the program" {
	started .
	inside "$ID" /bin/probe echo --cwd /x -t -- --help
	expect 0 '^--cwd /x -t -- --help$'
	inside "$ID" -- /bin/probe echo a
	expect 255 '"--"'
}

@test "standard input" {
	started .
	output=$(echo words | hull exec "$ID" /bin/cat)
	[ "$output" = words ]
}

@test "all namespaces, the root and the cgroup are the container's" {
	started '.linux.cgroupsPath = "/place"'
	look
	check '.pid > 1' '.hostname == "test"' '(.mounts | length) > 5' '.sid == .pid'
	for ns in cgroup ipc mnt net pid uts; do
		check ".ns.$ns == \"$(readlink "/proc/$(pid_of)/ns/$ns")\""
	done
	check '.cgroup | index("0::/") != null'
}

@test "by default it is as the container's own process" {
	started '.process.user = {uid: 1000, gid: 1001, additionalGids: [5]} | .process.cwd = "/etc" |
		.process.env = ["PATH=/bin", "A=1"] | .process.noNewPrivileges = true |
		.process.oomScoreAdj = 77 |
		.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}] |
		.process.capabilities = {bounding: ["CAP_KILL"], effective: [], permitted: [], inheritable: [], ambient: []}'
	look
	check '.uid == [1000, 1000, 1000]' '.gid == [1001, 1001, 1001]' '.groups - [1001] == [5]' '.cwd == "/etc"' \
	      '.environ == ["PATH=/bin", "A=1", "HOME=/home/user"]' '.status.NoNewPrivs == "1"' \
	      '.oom_score_adj == ["77"]' '.rlimits.nofile == [100, 200]' '.status.CapBnd == "0000000000000020"' \
	      '.status.CapEff == "0000000000000000"' '.umask == 18' '[.fds[].fd] == [0, 1, 2]' '.dumpable == 1' \
	      '.status.SigBlk == "0000000000000000"' '.status.SigIgn == "0000000000000000"'
}

@test "the configuration counts as it was at create" {
	started '.process.env = ["PATH=/bin", "OLD=1"]'
	reconfigure '.process.env = ["PATH=/bin", "NEW=1"]'
	look
	check '.environ | index("OLD=1") != null' '.environ | index("NEW=1") == null'
}

@test "the seccomp filter is the container's, with and without no_new_privs" {
	local nnp
	for nnp in true false; do
		ID=s$nnp
		started '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
			syscalls: [{names: ["getpriority"], action: "SCMP_ACT_ERRNO", errnoRet: 99}]} |
			.process.noNewPrivileges = '$nnp
		inside "$ID" /bin/probe syscall-try 140
		expect 1 EADDRNOTAVAIL
		look
		check '.status.Seccomp == "2"'
	done
}

# ---- --process ----

@test "--process: a file replaces everything" {
	started '.process.env = ["PATH=/bin", "A=1"]'
	process '.env = ["B=2", "HOME=/h"] | .cwd = "/tmp" | .user = {uid: 7, gid: 8}' /bin/probe probe
	inside --process "$W/process.json" --cwd /etc --env C=3 --user 9 "$ID"
	expect 0
	printf '%s\n' "$output" >probe.json
	check '.environ == ["B=2", "HOME=/h"]' '.cwd == "/tmp"' '.uid[0] == 7' '.argv == ["probe"]'
}

@test "--process: from a pipe" {
	started .
	process . /bin/probe echo piped
	inside -p <(cat "$W/process.json") "$ID"
	expect 0 '^piped$'
	output=$(hull exec --process /dev/stdin "$ID" <"$W/process.json")
	[ "$output" = piped ]
}

@test "--process: mistakes name the file and the line" {
	started .
	printf '{\n "args": ["/bin/probe"],\n "cwd": 5\n}' >bad.json
	inside -p bad.json "$ID"
	expect 255 'bad.json:3' '/cwd'
	printf '{ "args": [' >bad.json
	inside -p bad.json "$ID"
	expect 255 'bad.json:1'
	printf '{ "args": ["/bin/probe", "true"], "cwd": "etc" }' >bad.json
	inside -p bad.json "$ID"
	expect 255 'cwd'
	inside -p none.json "$ID"
	expect 255 'none.json: no such file or directory'
}

# ---- one option after the other ----

@test "--cwd" {
	started .
	look --cwd /etc
	check '.cwd == "/etc"'
	look --cwd=/tmp
	check '.cwd == "/tmp"'
	inside --cwd /none "$ID" /bin/probe true
	expect 255 'none: no such file or directory'
	inside --cwd etc "$ID" /bin/probe true
	expect 255 'cwd'
}

@test "--cwd: not through a descriptor of the host" {
	started .
	local n
	for n in 3 4 5 6 7 8 9 10; do
		inside --cwd /proc/self/fd/$n "$ID" /bin/probe ls . 9</
		expect 255
		expect_no work vmlinuz lost+found
	done
}

@test "--env: added; the last one of a name counts" {
	started '.process.env = ["PATH=/bin", "A=1", "HOME=/x"]'
	look --env A=2 -e B=3 -e B=4 --env EMPTY=
	check '.environ == ["PATH=/bin", "HOME=/x", "A=2", "B=4", "EMPTY="]'
}

@test "--env: the program is found in the new PATH" {
	started .
	inside --env PATH=/nowhere "$ID" probe true
	expect 255 'exec: "probe": executable file not found in \$PATH'
	inside --env PATH=/nowhere:/bin "$ID" probe true
	expect 0
}

@test "--user: forms" {
	started '.process.user = {uid: 5, gid: 6}'
	local form want
	while read -r form want; do
		look --user "$form"
		check "[.uid[0], .gid[0]] == $want"
	done <<-END
		0 [0,6]
		7 [7,6]
		7:8 [7,8]
		0:0 [0,0]
		007:010 [7,10]
		4294967294:4294967294 [4294967294,4294967294]
		65534 [65534,6]
	END
}

@test "--user: what is no id is refused (CVE-2026-30892)" {
	started .
	local form
	for form in root root:root 1x x1 +1 -1 ' 1' '1 ' 1.0 0x1 1e3 : 1: :1 1:x 1:-1 1:2:3 1:+2 \
		    4294967295 4294967296 18446744073709551616 99999999999999999999 1:4294967295 '1:2 ' ; do
		inside --user="$form" "$ID" /bin/probe probe
		expect 255 'user'
	done
}

@test "--user: HOME follows" {
	started '.process.env = ["PATH=/bin"]'
	look --user 1000
	check '.environ == ["PATH=/bin", "HOME=/home/user"]'
	look --user 4711
	check '.environ == ["PATH=/bin", "HOME=/"]'
}

@test "--additional-gids" {
	started '.process.user = {uid: 0, gid: 0, additionalGids: [5]}'
	look --additional-gids 10 -g 11
	check '(.groups - [0] | sort) == [5, 10, 11]'
	local gid
	for gid in -1 x 1x 4294967295 ' 1'; do
		inside --additional-gids="$gid" "$ID" /bin/probe true
		expect 255 'additional-gids'
	done
}

@test "--cap: added, and never inheritable (CVE-2022-29162)" {
	started '.process.capabilities = {bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
	look --cap CAP_NET_ADMIN -c CAP_SYS_TIME
	check '.status.CapBnd == "0000000002001020"' '.status.CapEff == "0000000002001020"' \
	      '.status.CapPrm == "0000000002001020"' '.status.CapInh == "0000000000000000"' \
	      '.status.CapAmb == "0000000000000000"'
	inside --cap CAP_BOGUS "$ID" /bin/probe true
	[ "$status" = 0 ] || expect 255 'CAP_BOGUS'
}

@test "--cap: for a user who is not root nothing becomes effective" {
	started '.process.capabilities = {bounding: ["CAP_KILL"], effective: [], permitted: []}'
	look --cap CAP_KILL --user 1000
	check '.status.CapEff == "0000000000000000"' '.status.CapInh == "0000000000000000"' \
	      '.status.CapAmb == "0000000000000000"'
}

@test "--no-new-privs" {
	started '.process.noNewPrivileges = false'
	look --no-new-privs
	check '.status.NoNewPrivs == "1"'
	look --no-new-privs=false
	check '.status.NoNewPrivs == "0"'
	hull delete --force "$ID"
	ID=second
	started '.process.noNewPrivileges = true'
	look
	check '.status.NoNewPrivs == "1"'
	look --no-new-privs=false
	check '.status.NoNewPrivs == "0"'
}

@test "--process-label and --apparmor: refused where they would mean nothing" {
	started .
	if [ ! -d /sys/fs/selinux/initial_contexts ]; then
		inside --process-label system_u:system_r:container_t:s0 "$ID" /bin/probe true
		expect 255 'SELinux is not enabled'
	fi
	if [ ! -d /sys/kernel/security/apparmor ]; then
		inside --apparmor unconfined "$ID" /bin/probe true
		expect 255 'AppArmor is not enabled'
	fi
}

@test "--cgroup: below the container's, and only there" {
	started '.linux.cgroupsPath = "/above"'
	mkdir /sys/fs/cgroup/above/sub
	inside --cgroup sub "$ID" /bin/grep -h 0:: /proc/1/cgroup /proc/self/cgroup
	expect 0 '^0::/
0::/sub$'
	inside --cgroup /sub "$ID" /bin/grep 0:: /proc/self/cgroup
	expect 0 '^0::/sub$'
	inside --cgroup / "$ID" /bin/grep 0:: /proc/self/cgroup
	expect 0 '^0::/$'
	local path
	for path in .. ../other sub/../.. sub/.. ../above; do
		inside --cgroup "$path" "$ID" /bin/probe true
		expect 255 'bad sub cgroup path'
	done
	inside --cgroup none "$ID" /bin/probe true
	expect 255 'none: no such file or directory'
	hull kill "$ID" KILL
	rmdir /sys/fs/cgroup/above/sub
}

@test "--detach and --pid-file" {
	started .
	inside --detach --pid-file "$W/pid" "$ID" /bin/probe pause
	expect 0 '^$'
	local pid
	pid=$(<"$W/pid")
	[ "$(wc -c <"$W/pid")" = "${#pid}" ]
	[ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "/bin/probe pause " ]
	[ "$(ps -o ppid= -p "$pid" | tr -d ' ')" = 1 ]
}

@test "--pid-file: only once execve has succeeded" {
	started .
	printf 'no program\n' >"$B/rootfs/bin/broken"
	chmod 755 "$B/rootfs/bin/broken"
	: >pre
	inside --detach --pid-file "$W/pid" "$ID" /bin/broken
	expect 255 'exec /bin/broken: exec format error'
	[ ! -e "$W/pid" ]
	inside --pid-file "$W/pre" "$ID" /bin/none
	expect 255
	[ ! -s "$W/pre" ]
	inside --pid-file "$W/pre" "$ID" /bin/probe true
	expect 0
	[ -s "$W/pre" ]
	inside --pid-file "$W/none/pid" "$ID" /bin/probe true
	expect 255 'pid file'
}

@test "--tty with --console-socket" {
	started .
	"$PROGRAMS/agent" console "$W/console.sock" >"$W/agent.out" 2>&1 3>&- &
	AGENT_PID=$!
	eventually grep -q ready "$W/agent.out"
	inside --tty --detach --console-socket "$W/console.sock" "$ID" /bin/sh -c 'tty; stat -c %u $(tty)'
	expect 0 '^$'
	eventually grep -q '/dev/pts/' "$W/agent.out"
	grep -qE '^1 descriptor, [1-9][0-9]* bytes: .' agent.out
}

@test "--tty and --console-socket that do not fit together" {
	started .
	inside --tty --detach "$ID" /bin/probe true
	expect 255 'cannot allocate tty if hull will detach without setting console socket'
	inside --detach --console-socket "$W/none" "$ID" /bin/probe true
	expect 255 'cannot use console socket if hull will not detach or allocate tty'
	inside --tty --console-socket "$W/none" "$ID" /bin/probe true
	expect 255 'cannot use console socket if hull will not detach or allocate tty'
	inside --tty --detach --console-socket "$W/none" "$ID" /bin/probe true
	expect 255 'console socket: .*none'
}

@test "--preserve-fds, with holes" {
	started .
	"$HULL" --root "$STATE" exec --preserve-fds 3 "$ID" /bin/probe probe >out 3</dev/zero 4>&- 5</dev/null 6</etc/passwd
	[ "$(jq -c '[.fds[].fd]' out)" = "[0,1,2,3,5]" ]
	"$HULL" --root "$STATE" exec "$ID" /bin/probe probe >out 3</dev/zero 4>&- 5</dev/null 63</
	[ "$(jq -c '[.fds[].fd]' out)" = "[0,1,2]" ]
}

@test "standard input that is a directory of the host is refused" {
	started .
	inside "$ID" /bin/probe true </
	expect 255 'standard input'
}

@test "--dry-run: prints, and does nothing" {
	started .
	inside --dry-run "$ID" /bin/sh -c 'touch /ran'
	expect 0 '/bin/sh'
	inside --dry-run=json --user 5 "$ID" /bin/true
	expect 0
	jq -e . <<<"$output" >/dev/null
	[ ! -e "$B/rootfs/ran" ]
	inside --dry-run --user x "$ID" /bin/true
	expect 255 'user'
}

# ---- failures ----

@test "failures: status 255 and the words that engines look for" {
	started .
	inside "$ID" nope
	expect 255 'exec: "nope": executable file not found in \$PATH'
	inside "$ID" /nope
	expect 255 'exec: "/nope": stat /nope: no such file or directory'
	inside "$ID" /etc/passwd
	expect 255 'exec: "/etc/passwd": permission denied'
	inside "$ID" /etc
	expect 255 'exec: "/etc": permission denied: the path `/etc` is not a regular file'
	inside "$ID"
	expect 255 'PROGRAM: must have at least one entry'
	inside
	expect 255 'argument'
	inside --bogus "$ID" true
	expect 255 'unknown option --bogus'
	run_hull exec unknown true
	expect 255 'container does not exist'
	[ "$(wc -l <"$W/output")" = 1 ]
}

@test "failures: a mistake in an option is the option's, another one stands in the configuration" {
	started "$userns"' | .process.user = {uid: 0, gid: 0, additionalGids: [5]}'
	inside --user 70000:70001 --additional-gids 70002 --cwd etc "$ID" nope
	expect 255 "exec $ID: --cwd: must be an absolute path, is \"etc\"; --user: 70000 is not mapped" \
		'; --user: 70001 is not mapped' '; --additional-gids: 70002 is not mapped'
	expect_no config.json
	inside --additional-gids 6 --user 3 "$ID" nope
	expect 255 'executable file not found in \$PATH \[PROGRAM\]$'
	inside "$ID"
	expect 255 "exec $ID: PROGRAM: must have at least one entry$"
	inside --cwd /none "$ID" /bin/probe true
	expect 255 'none: no such file or directory .*\[--cwd\]$'
	inside --tty --detach "$ID" /bin/probe true
	expect 255 "exec $ID: --tty: cannot allocate tty"
	hull delete --force "$ID"

	ID=second
	started '.process.cwd = "/tmp/gone"'
	rmdir "$B/rootfs/tmp/gone"
	inside --user 5 --env A=1 --cap CAP_KILL "$ID" /bin/probe true
	expect 255 'gone: no such file or directory .*\[config.json:[1-9][0-9]*:[0-9]+ /process/cwd\]$'
}

@test "failures: one record in the log" {
	started .
	run_hull --log "$W/log" --log-format json exec "$ID" nope
	expect 255
	[ "$(jq -r .level log)" = error ]
	[[ $(jq -r .msg log) = *'executable file not found in $PATH'* ]]
}

@test "a missing program leaves no process" {
	started .
	local n
	n=$(wc -l <"/sys/fs/cgroup/hull-$ID/cgroup.procs")
	inside "$ID" /nope
	expect 255
	[ "$(wc -l <"/sys/fs/cgroup/hull-$ID/cgroup.procs")" = "$n" ]
}

@test "a stopped container" {
	started . /bin/probe true
	eventually state_is stopped
	inside "$ID" /bin/probe true
	expect 255 'cannot exec in a stopped container'
}

@test "a created container" {
	created .
	inside "$ID" /bin/probe echo early
	expect 0 '^early$'
	state_is created
	hull start "$ID"
	state_is running
}

@test "a paused container: only with --ignore-paused" {
	started .
	echo 1 >"/sys/fs/cgroup/hull-$ID/cgroup.freeze"
	eventually state_is paused
	inside "$ID" /bin/probe true
	expect 255 'cannot exec in a paused container \(use --ignore-paused to override\)'
	hull exec --ignore-paused "$ID" /bin/probe echo thawed >late 2>&1 3>&- &
	local pid=$!
	sleep 0.3
	[ ! -s late ]
	echo 0 >"/sys/fs/cgroup/hull-$ID/cgroup.freeze"
	wait $pid
	[ "$(<late)" = thawed ]
}

@test "a paused container: who waits there can be told to end" {
	started .
	hull pause "$ID"
	"$HULL" --root "$STATE" exec --ignore-paused "$ID" /bin/sh -c 'touch /ran' >late 2>&1 3>&- &
	local pid=$!
	eventually eval '[ "$(hull ps -f json "$ID" | jq length)" = 2 ]'
	kill $pid
	wait $pid || [ $? = 143 ]
	hull resume "$ID"
	eventually eval '[ "$(hull ps -f json "$ID" | jq length)" = 1 ]'
	[ ! -e "$B/rootfs/ran" ]
}

# ---- kinds of containers ----

userns='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
	.linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'

@test "in a user namespace" {
	started "$userns"
	look
	check '.uid == [0, 0, 0]' '.uid_map[0] | test("^ *0 +100000 +65536$")' ".ns.user == \"$(readlink "/proc/$(pid_of)/ns/user")\""
	look --user 5:6 -g 7
	check '.uid == [5, 5, 5]' '.gid == [6, 6, 6]' '(.groups - [6]) == [7]'
	inside --user 70000 "$ID" /bin/probe true
	expect 255 'uid'
	inside --detach --pid-file "$W/pid" "$ID" /bin/probe pause
	[ "$(stat -c %u:%g "/proc/$(<"$W/pid")")" = 100000:200000 ]
}

@test "in a time namespace" {
	need "no time namespaces" test -e /proc/self/ns/time
	started '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 1000000, nanosecs: 0}}'
	look
	check ".ns.time == \"$(readlink "/proc/$(pid_of)/ns/time")\"" '.ns.time | test("^time:")'
	[ "$(jq -r .ns.time probe.json)" != "$(readlink /proc/self/ns/time)" ]
}

@test "without a pid namespace" {
	started '.linux.namespaces |= map(select(.type != "pid"))'
	look
	check ".ns.pid == \"$(readlink /proc/self/ns/pid)\""
}

@test "in namespaces that were joined" {
	hold --net --uts
	started 'del(.hostname) | .linux.namespaces |= map(
		if .type == "uts" or .type == "network"
		then .path = "/proc/'"$HOLDER"'/ns/" + {uts: "uts", network: "net"}[.type] else . end)'
	look
	check ".ns.net == \"$(readlink "/proc/$HOLDER/ns/net")\"" ".ns.uts == \"$(readlink "/proc/$HOLDER/ns/uts")\""
}

@test "whose process moved itself to a cgroup below" {
	started '.linux.cgroupsPath = "/moved" | .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw"]}]' \
		/bin/sh -c 'mkdir /sys/fs/cgroup/init && echo 0 >/sys/fs/cgroup/init/cgroup.procs &&
			cat /sys/fs/cgroup/cgroup.controllers | sed "s/[a-z]*/+&/g" >/sys/fs/cgroup/cgroup.subtree_control
			touch /done; sleep 100'
	eventually test -e "$B/rootfs/done"
	inside "$ID" /bin/grep 0:: /proc/self/cgroup
	expect 0 '^0::/(init)?$'
	if [ -s /sys/fs/cgroup/moved/cgroup.subtree_control ]; then
		expect 0 '^0::/init$'
	fi
}

@test "of an ordinary user" {
	[ "$(id -u)" = 0 ] || skip "run as root"
	need "no setpriv" command -v setpriv
	local as=(setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all --bounding-set=-all)
	hull() {
		timeout --foreground -k 2 $((30 * SLOW)) "${as[@]}" "$HULL" --root "$STATE" "$@" 3>&-
	}
	"${as[@]}" unshare --user true 2>/dev/null || skip "user namespaces are not for ordinary users here"
	mkdir -p "$STATE" b
	B=$W/b
	cp -a "$SUITE/root" b/rootfs
	chown -hR 1000:1000 "$W"
	hull spec --rootless --bundle b
	reconfigure '.process.terminal = false | .root.readonly = false | .process.args = ["/bin/probe", "pause"]'
	hull run -d -b b "$ID" >/dev/null 2>&1
	look
	check '.uid == [0, 0, 0]' ".ns.user == \"$(readlink "/proc/$(pid_of)/ns/user")\"" \
	      ".ns.mnt == \"$(readlink "/proc/$(pid_of)/ns/mnt")\"" '[.fds[].fd] == [0, 1, 2]'
	inside "$ID" /bin/sh -c 'exit 9'
	expect 9
	inside --user 5 "$ID" /bin/true
	expect 255 'uid'
	hull ps --format json "$ID" | jq -e 'length == 1'
	hull delete --force "$ID"
}

@test "limits of the container hold from its first moment" {
	need "no pids controller" controller pids
	started '.linux.resources.pids = {limit: 1}'
	inside "$ID" /bin/probe true
	expect 255
}

# ---- a hostile process 1 ----

# spied FILTER RUNTIME...: 40 times exec; what the spy found is in $W/found
spied() {
	local filter=$1 i
	shift
	bundle "$ID" '.process.args = ["/bin/spy"] | '"$filter"
	cp "$PROGRAMS/spy" "$B/rootfs/bin/spy"
	"$@" run --detach --bundle "$B" "$ID" >"$W/found" 2>&1 3>&- </dev/null
	eventually grep -q ready "$W/found"
	for i in {1..40}; do
		SECRET_OF_THE_HOST=1 "$@" exec "$ID" /bin/probe true 3>&- </dev/null >/dev/null 2>&1
	done
	"$@" kill "$ID" TERM
	eventually grep -q '^seen' "$W/found"
}

ptrace='.process.noNewPrivileges = false | .process.capabilities |= map_values(["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH", "CAP_KILL"]) | .process.capabilities.ambient = []'

@test "a hostile process 1 with CAP_SYS_PTRACE finds nothing" {
	spied "$ptrace" hull
	cat "$W/found"
	[ "$(grep -cE '^(exe|fd|mem|environ)' "$W/found")" = 0 ]
	grep -qE '^seen [1-9]' "$W/found"
}

@test "a hostile process 1 of a user namespace finds nothing" {
	spied "$ptrace | $userns" hull
	cat "$W/found"
	[ "$(grep -cE '^(exe|fd|mem|environ)' "$W/found")" = 0 ]
}

@test "the spy does find what other runtimes show" {
	local other
	for other in runc crun; do
		command -v $other >/dev/null || continue
		ID=by-$other
		spied "$ptrace" $other --root "$W/other" || continue
		$other --root "$W/other" delete --force "$ID" || true
		grep -E '^(exe|fd|mem|environ)' "$W/found" | sort | uniq -c | sort -rn | head -3
		[ "$(grep -cE '^(exe|fd|mem|environ)' "$W/found")" -gt 0 ] && return
	done
	skip "neither runc nor crun runs here"
}
