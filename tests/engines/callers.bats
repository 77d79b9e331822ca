#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The command lines of engines that are not on this machine, and those of the others to the letter.
load helpers

setup() {
	test_begin
	# shellcheck disable=SC2153 # of helpers
	STATE=$W/state ID=$NAME
	mkdir "$STATE"
}

rt() {
	engine --root "$STATE" "$@"
}

# bundle [FILTER [JQ-OPTIONS...]]: $B, a directory as containerd's shim has one
bundle() {
	B=$W/bundle
	mkdir -p "$B"
	cp -al "$SUITE/image/root" "$B/rootfs"
	mkdir -p "$B/rootfs/run"
	jq '.linux.cgroupsPath = "/place/" + $id | .process.args = ["/bin/probe", "pause"] | '"${1-.}" \
		--arg id "$ID" "${@:2}" <"$SUITE/config.json" >"$B/config.json"
}

# made [FILTER]: a created container
made() {
	bundle "$@"
	rt create --bundle "$B" --pid-file "$W/pid" "$ID" >"$W/out" 2>&1 </dev/null || { cat "$W/out"; return 1; }
	PID=$(<"$W/pid")
}

# runs [FILTER]: a running one
runs() {
	made "$@"
	rt start "$ID"
}

state_is() {
	[ "$(rt state "$ID" | jq -r .status)" = "$1" ]
}

process() {
	jq '.process | .args = $ARGS.positional | '"$1" --args -- "${@:2}" <"$B/config.json" >"$W/process.json"
}

# apart COMMAND...: its standard output in $output, the other in $errors
apart() {
	status=0
	"$@" >"$W/output" 2>"$W/errors" </dev/null || status=$?
	output=$(<"$W/output") errors=$(<"$W/errors")
}

# a_record FILE: the last line of the log is an error as containerd's decoder wants it
a_record() {
	tail -n 1 "$1" | jq -e '.level == "error" and (.msg | length > 0) and
		(.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"))' >/dev/null
}

# ---- words of the command line ----

# bats test_tags=R1,R3
@test "conmon-rs: --root twice, the last counts; its order of options" {
	bundle
	try engine --root="$W/nowhere" --root="$STATE" create --bundle "$B" --pid-file "$W/pid" "$ID"
	expect 0 '^$'
	[ -d "$STATE/$ID" ]
	[ ! -e "$W/nowhere/$ID" ]
	rt delete --force "$ID"
}

# slurm KIND: what contrib's oci.conf says, as slurmstepd runs it
slurm() {
	local words
	words=$(sed -n "s/^RunTime$1=\"\(.*\)\"$/\1/p" "$CONTRIB/slurm-oci.conf")
	[ -n "$words" ]
	words=${words//\/usr\/bin\/hull/$RUNTIME}
	words=${words//%n.%u.%j.%s.%t/$ID}
	words=${words//%U/$UID}
	try eval "timeout $((60 * SLOW)) ${words//%b/$B} 3>&-"
}

# bats test_tags=R2
@test "Slurm: contrib's oci.conf: options behind the id, kill -a, state, delete --force" {
	bundle
	mkdir -p "/run/user/$UID"
	slurm Create
	expect 0 '^$'
	slurm Start
	expect 0 '^$'
	slurm Query
	[ "$(jq -r .status <<<"$output")" = running ]
	slurm Kill
	expect 0 '^$'
	ends() { slurm Query && [ "$(jq -r .status <<<"$output")" = stopped ]; }
	eventually ends
	slurm Delete
	expect 0 '^$'
	slurm Query
	expect fail 'does not exist'
	rmdir "/run/user/$UID/hull"
}

# bats test_tags=R3
@test "Slurm: --rootless=, --root with a slash behind it" {
	bundle '.process.args = ["true"]'
	try engine --rootless=false --root="$STATE/" run "$ID" -b "$B"
	expect 0 '^$'
}

# bats test_tags=R1,R7
@test "CRI-O: contrib's snippet; --root before and after, features and --version on one stream" {
	command -v python3 >/dev/null || skip "no python3 to parse TOML"
	# shellcheck disable=SC2046 # words
	set -- $(python3 -c 'import sys, tomllib
r = tomllib.load(open(sys.argv[1], "rb"))["crio"]["runtime"]
h = r["runtimes"][r["default_runtime"]]
print(r["default_runtime"], h["runtime_path"], h["runtime_root"], h["runtime_type"])' "$CONTRIB/crio-hull.conf")
	[ "$1 $2 $4" = 'hull /usr/bin/hull oci' ]
	bundle
	try engine --root "$3" create --bundle "$B" "$ID"
	expect 0 '^$'
	try engine --root "$3" state "$ID"
	jq -e '.status == "created"' <<<"$output"
	try engine --root "$3" delete --force "$ID"
	expect 0 '^$'
	try engine features
	jq -e .ociVersionMax <<<"$output"
}

@test "Kubernetes: contrib's RuntimeClass names the handler of containerd's and CRI-O's snippets" {
	python3 -c 'import yaml' 2>/dev/null || skip "no python3-yaml to parse YAML"
	try python3 -c 'import sys, yaml
c = yaml.safe_load(open(sys.argv[1]))
print(c["apiVersion"], c["kind"], c["metadata"]["name"], c["handler"])' "$CONTRIB/kubernetes-runtimeclass.yaml"
	expect 0 '^node.k8s.io/v1 RuntimeClass hull hull$'
	grep -q 'containerd.runtimes.hull]' "$CONTRIB/containerd-config.toml"
	grep -q 'runtimes.hull]' "$CONTRIB/crio-hull.conf"
}

# bats test_tags=R2
@test "Slurm: run ID -b BUNDLE, with the step's own streams" {
	bundle '.process.args = ["sh", "-c", "cat; echo err >&2; exit 6"]'
	status=0
	echo words | rt run "$ID" -b "$B" >out 2>err || status=$?
	[ $status = 6 ]
	grep -qx words out
	grep -qx err err
}

# bats test_tags=R2,R3,R21
@test "Singularity: --log as text, run -b --pid-file, exec, pause, resume, delete" {
	bundle
	engine --root "$STATE" --log "$W/log" run -b "$B" --pid-file="$W/pid" "$ID" >out 2>&1 </dev/null &
	runner=$!
	eventually state_is running
	[[ $(<pid) =~ ^[0-9]+$ ]]
	try engine --root "$STATE" --log "$W/log" exec "$ID" echo one -x --two
	expect 0 '^one -x --two$'
	rt pause "$ID"
	state_is paused
	rt resume "$ID"
	rt kill "$ID" SIGKILL
	status=0
	wait $runner || status=$?
	[ $status = 137 ]
	try rt kill "$ID" TERM
	expect fail 'does not exist'
}

# bats test_tags=R14
@test "Sarus: run --preserve-fds N ID, the bundle is the working directory" {
	bundle '.process.args = ["/bin/probe", "fds"]'
	cd "$B"
	# 3 is free: bats has it, and `engine` closes it.
	try engine --root "$STATE" run --preserve-fds 2 "$ID" 4</dev/null
	expect 0 '(^|
)4 '
	expect_no '(^|
)5 '
}

# bats test_tags=R3,R8
@test "Guardian: --debug and a JSON log; run --detach; the process comes by a pipe; delete" {
	bundle
	try engine --root "$STATE" --debug --log "$W/log" --log-format json run --detach --pid-file "$W/pid" \
		--no-new-keyring --bundle "$B" "$ID"
	expect 0
	[[ $(<pid) =~ ^[0-9]+$ ]]
	jq -e '.level == "debug"' <"$W/log" >/dev/null
	process . sh -c 'echo through >/tmp/mark; exec sleep 1020'
	exec 7< <(cat process.json)
	try engine --root "$STATE" --debug --log "$W/log" --log-format json exec --detach --pid-file "$W/exec.pid" \
		-p "/proc/self/fd/7" "$ID"
	exec 7<&-
	expect 0
	eventually grep -q through "/proc/$(<pid)/root/tmp/mark"
	[ -d "/proc/$(<exec.pid)" ]
	process . nosuchprogram
	try engine --root "$STATE" --debug --log "$W/log" --log-format json exec --pid-file "$W/bad.pid" -p process.json "$ID"
	expect fail 'unable to start container process: exec: .*: executable file not found in \$PATH'
	a_record "$W/log"
	rt delete --force "$ID"
}

# bats test_tags=R2,R7
@test "go-runc: ps for programs and for people" {
	runs
	apart rt ps --format json "$ID"
	[ -z "$errors" ]
	[ "$(jq -c . <<<"$output")" = "[$PID]" ]
	try rt ps --format table "$ID" -ef
	expect 0 'PID' "$PID" 'probe pause'
	rt delete --force "$ID"
}

# bats test_tags=R7
@test "go-runc: list --format=json" {
	runs
	apart rt list --format=json
	[ -z "$errors" ]
	jq -e --arg id "$ID" --arg b "$B" '.[0] | .id == $id and .bundle == $b and .status == "running" and .pid > 0' <<<"$output"
	rt delete --force "$ID"
}

@test "go-runc: events --stats is one JSON object" {
	runs
	apart rt events --stats "$ID"
	[ $status = 0 ]
	jq -e --arg id "$ID" '.type == "stats" and .id == $id and (.data | type == "object")' <<<"$output"
	rt delete --force "$ID"
}

@test "go-runc: events --interval=1s streams until the end" {
	runs
	rt events --interval=1s "$ID" >out 2>err &
	runner=$!
	eventually test -s out
	head -n 1 out | jq -e '.type == "stats"'
	rt kill "$ID" KILL
	for _ in {1..60}; do
		[ -d /proc/$runner ] || break
		sleep 0.1
	done
	[ ! -d /proc/$runner ]
	rt delete --force "$ID"
}

# bats test_tags=R3
@test "go-runc 1.0: --criu PATH is accepted" {
	bundle '.process.args = ["true"]'
	try engine --root "$STATE" --criu /usr/sbin/criu --log "$W/log" --log-format json run --bundle "$B" "$ID"
	expect 0 '^$'
}

# bats test_tags=R1,R3
@test "go-runc: a long option with one dash; conmon-rs: all with =" {
	bundle '.process.args = ["true"]'
	try engine -root "$STATE" -log "$W/log" -log-format json run -bundle "$B" "$ID"
	expect 0 '^$'
	[ -e "$W/log" ]
	try engine --log="file:$W/other" --log-level=debug --cgroup-manager=cgroupfs --root="$STATE" run --bundle="$B" "$ID"
	expect 0
	[ -s "$W/other" ]
}

# bats test_tags=R4
@test "an unknown global option: named, and no words of a missing program" {
	try engine --invalidflag state x
	expect fail invalidflag
	expect_no 'not found' 'no such file'
}

# bats test_tags=R5
@test "COMMAND --help succeeds" {
	for command in create start run exec kill delete state ps list pause resume update events features; do
		try engine $command --help
		expect 0 "$command"
	done
}

# bats test_tags=R5
@test "podman's probe: checkpoint --help succeeds if checkpoint is there" {
	runs
	try engine checkpoint --help
	if [ "$status" = 0 ]; then
		expect 0 image-path
	else
		try rt checkpoint --image-path "$W/image" "$ID"
		expect fail
		state_is running
	fi
	rt delete --force "$ID"
}

# bats test_tags=R5
@test "podman's probe of pods: restore --lsm-mount-context, in words that mean no" {
	try engine checkpoint --help
	can=$status
	try engine restore --lsm-mount-context
	expect fail
	[ "$can" = 0 ] || expect_no 'flag needs an argument' 'requires an argument'
	[ "$can" != 0 ] || expect fail 'flag needs an argument|requires an argument'
}

# bats test_tags=R6,R13
@test "by other names: the same words, records, root" {
	bundle
	for name in runc crun other; do
		ln -s "$RUNTIME" "$name"
		for command in features "--root $STATE state nosuch" "--nosuch list"; do
			# shellcheck disable=SC2086 # words
			apart engine $command
			said="$status $output $errors"
			# shellcheck disable=SC2086
			apart "./$name" $command
			[ "$status $output $errors" = "$said" ]
		done
		try "./$name" create --bundle "$B" "$ID" 3>&-
		expect 0 '^$'
		[ -d "$(host_state)/$ID" ]
		[ "$(engine state "$ID" | jq -r .status)" = created ]
		engine delete --force "$ID"
	done
}

# ---- what programs read ----

# bats test_tags=R7
@test "features: JSON and nothing else, with what containerd and CRI-O need" {
	apart engine features
	[ $status = 0 ]
	[ -z "$errors" ]
	jq -e '(.ociVersionMin | length > 0) and (.ociVersionMax | length > 0) and (.linux | type == "object") and
		(.mountOptions | index("rro") != null) and (.linux.namespaces | index("user") != null)' <<<"$output"
}

# bats test_tags=R7
@test "--version: lines that dockerd and go-runc take apart" {
	apart engine --version
	[ $status = 0 ]
	[ -z "$errors" ]
	[[ $(sed 1q "$W/output") =~ ^[a-z]+\ version\ [0-9]+\.[0-9]+ ]]
	grep -q '^spec: [0-9]' "$W/output"
	apart engine -v
	[ $status = 0 ]
}

# bats test_tags=R7
@test "state: all that go-runc decodes; created is RFC 3339; nothing on standard error" {
	runs '.annotations = {"nerdctl/state-dir": "/x", "other": "1"}'
	apart rt state "$ID"
	[ -z "$errors" ]
	jq -e --arg id "$ID" --arg b "$B" --argjson pid "$PID" '.id == $id and .pid == $pid and .status == "running" and
		.bundle == $b and (.ociVersion | length > 0) and .annotations["nerdctl/state-dir"] == "/x" and
		(.created | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$")) and
		.rootfs == $b + "/rootfs"' <<<"$output"
	rt delete --force "$ID"
}

# bats test_tags=R9
@test "silence: create, start, exec -d, pause, resume, kill, delete" {
	bundle
	process . /bin/probe pause
	for command in "create --bundle $B $ID" "start $ID" "exec --process $W/process.json --detach $ID" "pause $ID" \
		"resume $ID" "kill --all $ID 9"; do
		# shellcheck disable=SC2086 # words
		try rt $command
		expect 0 '^$'
	done
	eventually state_is stopped
	try rt delete "$ID"
	expect 0 '^$'
}

# bats test_tags=R8
@test "an error: one line for conmon, one record for containerd" {
	bundle '.process.args = ["nosuchprogram"]'
	apart engine --root "$STATE" --log "$W/log" --log-format json create --bundle "$B" --pid-file "$W/pid" "$ID"
	[ $status != 0 ]
	[ -z "$output" ]
	[[ $errors = *'exec: "nosuchprogram": executable file not found in $PATH'* ]]
	a_record "$W/log"
	# Podman reads the whole file as one object.
	[ "$(jq -s length "$W/log")" = 1 ]
	[[ $(jq -r .msg "$W/log") = *'exec: "nosuchprogram": executable file not found in $PATH'* ]]
	[ ! -e "$W/pid" ]
	try rt delete --force "$ID"
	expect 0 '^$'
}

# bats test_tags=R8
@test "the log is there even if nothing is written, and never cut" {
	try engine --root "$STATE" --log "$W/log" --log-format json list
	expect 0
	[ -e "$W/log" ]
	echo before >"$W/log"
	try engine --root "$STATE" --log "$W/log" --log-format json state nosuch
	expect fail
	[ "$(sed 1q "$W/log")" = before ]
	a_record "$W/log"
}

# ---- files, descriptors, parents ----

# bats test_tags=R10
@test "pid file: digits alone, in place of what is there, below the caller's directory" {
	bundle
	echo 'a longer text than a number' >pid
	inode=$(stat -c %i pid)
	try rt create --bundle "$B" --pid-file pid "$ID"
	expect 0
	[[ $(od -c pid | head -n 1) != *'\n'* ]]
	[[ $(<pid) =~ ^[1-9][0-9]*$ ]]
	[ "$(stat -c %i pid)" != "$inode" ]
	[ "$(ls -A "$B")" = $'config.json\nrootfs' ]
	rt delete --force "$ID"
}

# bats test_tags=R10
@test "exec's pid file: only once the program runs" {
	runs
	process . nosuchprogram
	try rt exec --process process.json --pid-file "$W/exec.pid" --detach "$ID"
	expect fail
	[ ! -e "$W/exec.pid" ]
	process . /bin/probe pause
	try rt exec --process process.json --pid-file "$W/exec.pid" --detach "$ID"
	expect 0
	[ "$(readlink "/proc/$(<exec.pid)/exe")" = /bin/probe ]
	rt delete --force "$ID"
}

# bats test_tags=R11,R14
@test "containerd's shim: create and start under a subreaper, with what it leaks" {
	bundle '.process.args = ["sh", "-c", "exit 7"]'
	"$PROGRAMS/caller" pid "$RUNTIME" --root "$STATE" --log "$W/log" --log-format json create --bundle "$B" --pid-file "$W/pid" "$ID" \
		-- "$RUNTIME" --root "$STATE" --log "$W/log" --log-format json start "$ID" >out 2>&1
	diff <(printf 'command 0\npipe closed\ncommand 0\npid %s\nended 7\n' "$(<pid)") out
	rt delete "$ID"
	try rt delete --force "$ID"
	expect 0 '^$'
}

# bats test_tags=R11,R14
@test "Buildah: create, start, state, delete under a subreaper that leaks pipes" {
	bundle '.process.args = ["sh", "-c", "kill -9 $$; exit 8"] | .linux.namespaces |= map(select(.type != "pid"))'
	cd "$B"
	"$PROGRAMS/caller" "$B/pid" "$RUNTIME" --root "$STATE" create --bundle "$B" --pid-file "$B/pid" "$ID" \
		-- "$RUNTIME" --root "$STATE" start "$ID" >../out 2>&1
	grep -qx 'pipe closed' ../out
	grep -qx 'ended 137' ../out
	state_is stopped
	rt delete "$ID"
}

# bats test_tags=R11
@test "conmon: exec under a subreaper" {
	runs
	process . sh -c 'exit 5'
	_OCI_SYNCPIPE=4 _OCI_STARTPIPE=5 "$PROGRAMS/caller" "$W/exec.pid" "$RUNTIME" --root "$STATE" --log-format=json --log "$W/log" exec \
		--pid-file "$W/exec.pid" --process "$W/process.json" --detach "$ID" >out 2>&1
	diff <(printf 'command 0\npipe closed\npid %s\nended 5\n' "$(<exec.pid)") out
	rt delete --force "$ID"
}

# bats test_tags=R21,R22
@test "an init that nobody has reaped counts as stopped" {
	bundle '.process.args = ["true"]'
	mkfifo go
	"$PROGRAMS/caller" pid "$RUNTIME" --root "$STATE" create --bundle "$B" --pid-file "$W/pid" "$ID" \
		-- "$RUNTIME" --root "$STATE" start "$ID" -- hold <go >out 2>&1 3>&- &
	exec 7>go
	eventually eval '[ -s pid ] && grep -q "^State:.Z" "/proc/$(cat pid)/status"'
	state_is stopped
	try rt kill "$ID" 9
	expect fail 'container not running'
	try rt delete "$ID"
	expect 0 '^$'
	exec 7>&-
	eventually grep -q 'ended 0' out
}

# bats test_tags=R13
@test "the default root; an empty XDG_RUNTIME_DIR is none" {
	bundle
	for dir in unset empty; do
		[ $dir = unset ] && unset XDG_RUNTIME_DIR || export XDG_RUNTIME_DIR=
		try engine create --bundle "$B" "$ID"
		expect 0
		[ -d "$(host_state)/$ID" ]
		engine delete --force "$ID"
		[ ! -e "$(host_state)/$ID" ]
	done
}

# bats test_tags=R14
@test "podman --preserve-fd=9,40: a range with holes" {
	bundle '.process.args = ["/bin/probe", "fds"]'
	try rt run --preserve-fds 38 --bundle "$B" "$ID" 9</dev/null 40</dev/zero
	expect 0 '
9 ' '
40 '
}

# bats test_tags=R15
@test "LISTEN_FDS for another process is not ours" {
	bundle '.process.args = ["sh", "-c", "echo fds ${LISTEN_FDS-none}; /bin/probe fds"]'
	LISTEN_FDS=2 LISTEN_PID=1 try rt run --bundle "$B" "$ID"
	expect 0 'fds none'
	expect_no '
[3-9] '
}

# bats test_tags=R15
@test "LISTEN_FDS for us: from 3 on, and LISTEN_PID is the program's" {
	bundle '.process.args = ["sh", "-c", "echo $LISTEN_FDS $LISTEN_PID; /bin/probe fds"]'
	# shellcheck disable=SC2016 # its own pid
	try sh -c 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"' sh "$RUNTIME" --root "$STATE" run --bundle "$B" "$ID" 3</dev/zero
	expect 0 '^1 1
' '
3 '
	expect_no '
4 '
}

# bats test_tags=R12
@test "what create was told of cgroups, the others know" {
	made '.linux.cgroupsPath = "/place/" + $id'
	rt delete --force "$ID"
	rm -rf "$B"
	bundle
	try rt --cgroup-manager disabled create --bundle "$B" --pid-file "$W/pid" "$ID"
	expect 0 '^$'
	[ "$(grep ^0: "/proc/$(<pid)/cgroup")" = "$(grep ^0: /proc/self/cgroup)" ]
	rt start "$ID"
	rt kill "$ID" KILL
	eventually state_is stopped
	try rt delete "$ID"
	expect 0 '^$'
}

# bats test_tags=R12
@test "systemd: what create was told, the others know" {
	[ -S /run/systemd/private ] || skip "no systemd on this machine"
	bundle '.linux.cgroupsPath = "system.slice:place:" + $id'
	try rt --systemd-cgroup create --bundle "$B" --pid-file "$W/pid" "$ID"
	expect 0 '^$'
	grep -q "/place-$ID.scope" "/proc/$(<pid)/cgroup"
	try rt delete --force "$ID"
	expect 0 '^$'
	[ ! -d "/sys/fs/cgroup/system.slice/place-$ID.scope" ]
}

# bats test_tags=R19
@test "a created container waits in its final cgroup and namespaces" {
	made
	[ -d "/proc/$PID" ]
	[[ $(grep ^0: "/proc/$PID/cgroup") = "0::/place/$ID" ]]
	[ -d "/sys/fs/cgroup/place/$ID" ]
	state_is created
	before=$(readlink "/proc/$PID/ns/net" "/proc/$PID/ns/mnt" "/proc/$PID/ns/pid")
	rt start "$ID"
	eventually eval '[ "$(readlink /proc/'"$PID"'/exe)" = /bin/probe ]'
	[ "$(readlink "/proc/$PID/ns/net" "/proc/$PID/ns/mnt" "/proc/$PID/ns/pid")" = "$before" ]
	rt delete --force "$ID"
	[ ! -d "/sys/fs/cgroup/place/$ID" ]
}

# ---- terminals ----

# console: an agent takes the terminal at $W/console
console() {
	"$PROGRAMS/agent" console "$W/console" >"$W/shown" 2>&1 3>&- &
	AGENT=$!
	eventually grep -q ready "$W/shown"
}

# bats test_tags=R16,R17
@test "containerd's shim: a terminal by the console socket, once, with a name" {
	bundle '.process.terminal = true | .process.args = ["sh", "-c", "tty; stty size"] | .process.consoleSize = {height: 33, width: 77}'
	console
	# Go reads standard output and error until everybody has closed them.
	output=$(timeout $((20 * SLOW)) "$RUNTIME" --root "$STATE" create --bundle "$B" --console-socket "$W/console" "$ID" 2>&1 </dev/null 3>&-)
	[ -z "$output" ]
	grep -qE '^1 descriptor, [1-9][0-9]* bytes: .' "$W/shown"
	rt start "$ID"
	wait $AGENT
	grep -q '/dev/pts/0' "$W/shown"
	grep -q '33 77' "$W/shown"
	rt delete --force "$ID"
}

# bats test_tags=R17
@test "conmon 2.1.6: exec --tty with a console socket" {
	runs
	process '.terminal = true' tty
	console
	try rt exec --pid-file "$W/exec.pid" --process process.json --detach --tty --console-socket "$W/console" "$ID"
	expect 0 '^$'
	wait $AGENT
	grep -q '/dev/pts/0' "$W/shown"
	rt delete --force "$ID"
}

# bats test_tags=R17
@test "go-runc: --pidfd-socket: one message, one descriptor, of create and exec" {
	runs
	"$PROGRAMS/agent" console "$W/pidfd" >"$W/shown" 2>&1 3>&- &
	AGENT=$!
	eventually grep -q ready "$W/shown"
	process . /bin/probe pause
	try rt exec --process process.json --pidfd-socket "$W/pidfd" --detach "$ID"
	expect 0 '^$'
	eventually grep -qE '^1 descriptor, [1-9][0-9]* bytes: .' "$W/shown"
	rt delete --force "$ID"
	wait $AGENT || true
}

# bats test_tags=R17
@test "a console socket without a terminal, and a terminal without one, are errors" {
	bundle
	console
	try rt create --bundle "$B" --console-socket "$W/console" "$ID"
	expect fail
	kill $AGENT
	rt delete --force "$ID"
	bundle '.process.terminal = true'
	try rt create --bundle "$B" "$ID"
	expect fail
	rt delete --force "$ID"
	rm -rf state/*
}

# bats test_tags=R18
@test "CRI-O: exec in the foreground with a terminal of the caller's, and its size" {
	runs
	process '.terminal = true' sh -c 'tty; until stty size | grep "44 99"; do sleep 0.1; done; exit 3'
	try timeout $((60 * SLOW)) "$PROGRAMS/pty" size=33x77 expect=/dev/pts/0 size=44x99 'expect=44 99' -- \
		"$RUNTIME" --root "$STATE" exec --process process.json "$ID" 3>&-
	expect 0 'exit(ed)?.* 3'
	rt delete --force "$ID"
}

# bats test_tags=R18
@test "BuildKit: run in the foreground with a terminal of the caller's" {
	bundle '.process.terminal = true | .process.args = ["sh", "-c", "stty size; exit 4"]'
	try timeout $((60 * SLOW)) "$PROGRAMS/pty" size=33x77 -- "$RUNTIME" --root "$STATE" --log "$W/log" --log-format json run --bundle "$B" "$ID" 3>&-
	expect 0 '33 77' 'exit(ed)?.* 4'
}

# ---- BuildKit ----

# bats test_tags=R18,R23
@test "BuildKit: run --keep, exec by the state, the cgroup is there at the end, delete" {
	bundle '.process.args = ["/bin/probe", "signal", "1"]'
	cd /
	setsid "$RUNTIME" --log "$W/log" --log-format json run --bundle "$B" --keep "$ID" >"$W/out" 2>&1 </dev/null 3>&- &
	runner=$!
	running() { [ "$(engine state "$ID" | jq -r .status)" = running ]; }
	eventually running
	[ "$(engine state "$ID" | jq -r .bundle)" = "$B" ]
	process . sh -c 'echo inside; exit 6'
	try engine --log "$W/log" --log-format json exec --process "$W/process.json" --pid-file "$W/exec.pid" "$ID"
	expect 6 '^inside$'
	[[ $(<"$W/exec.pid") =~ ^[0-9]+$ ]]
	# Signals for the program are sent to the runtime.
	eventually grep -q ready "$W/out"
	kill -USR1 $runner
	status=0
	wait $runner || status=$?
	[ $status = 0 ]
	grep -qx USR1 "$W/out"
	[ -r "/sys/fs/cgroup/place/$ID/cgroup.events" ]
	try engine --log "$W/log" --log-format json delete "$ID"
	expect 0 '^$'
	[ ! -d "/sys/fs/cgroup/place/$ID" ]
}

# bats test_tags=R18
@test "BuildKit: cancelled: kill until it works; 137" {
	bundle '.process.args = ["sleep", "1021"]'
	setsid "$RUNTIME" --log "$W/log" --log-format json run --bundle "$B" "$ID" >"$W/out" 2>&1 </dev/null 3>&- &
	runner=$!
	killed() { engine --log "$W/log" --log-format json kill "$ID" 9; }
	eventually killed
	status=0
	wait $runner || status=$?
	[ $status = 137 ]
	[ ! -d "$(host_state)/$ID" ]
}

# ---- the words of errors, and what is no error ----

# bats test_tags=R19
@test "a missing program fails create already, in each engine's words" {
	bundle '.process.args = ["/no/such"]'
	try rt create --bundle "$B" "$ID"
	expect fail 'exec: "/no/such": stat /no/such: no such file or directory'
	rt delete --force "$ID"
	bundle '.process.args = ["/etc/passwd"]' 2>/dev/null
	try rt create --bundle "$B" "$ID"
	expect fail 'exec: "/etc/passwd": permission denied'
	expect_no 'not found' 'no such file'
	rt delete --force "$ID"
	bundle '.process.args = ["/etc"]' 2>/dev/null
	try rt create --bundle "$B" "$ID"
	expect fail 'exec.*(permission denied|is a directory|is not a regular file)'
	rt delete --force "$ID"
	[ -z "$(ls -A "$STATE")" ]
}

# bats test_tags=R20
@test "an id that is there already" {
	made
	try rt create --bundle "$B" "$ID"
	expect fail 'already exists'
	state_is created
	rt delete --force "$ID"
}

# bats test_tags=R20
@test "delete: what is unknown, created, running, stopped" {
	try rt delete "$ID"
	expect 1 'container does not exist|does not exist'
	try rt delete --force "$ID"
	expect 0 '^$'
	made
	try rt delete "$ID"
	expect 0 '^$'
	[ ! -d "/proc/$PID" ]
	rm -rf "$B"
	runs
	try rt delete "$ID"
	expect fail
	state_is running
	rt kill "$ID" KILL
	eventually state_is stopped
	try rt delete "$ID"
	expect 0 '^$'
}

# bats test_tags=R21
@test "kill: unknown, stopped, every form of a signal" {
	try rt kill "$ID" 9
	expect fail 'does not exist'
	runs '.process.args = ["/bin/probe", "signal", "6"] | .process.terminal = false'
	sleep 0.3
	for signal in USR1 SIGUSR1 10 usr1 sigusr1; do
		try rt kill "$ID" $signal
		expect 0 '^$'
		sleep 0.1
	done
	try rt kill "$ID"
	eventually state_is stopped
	try rt kill "$ID" KILL
	expect fail 'container not running'
	try rt delete --force "$ID"
	expect 0
}

# bats test_tags=R21
@test "kill --all of a container whose init is gone: the rest" {
	runs '.linux.namespaces |= map(select(.type != "pid")) | .process.args = ["sh", "-c", "setsid sleep 1022 & exec sleep 1023"]'
	eventually pgrep -f 'sleep 1022'
	kill -9 "$PID"
	eventually state_is stopped
	try rt kill --all "$ID" 9
	expect 0 '^$'
	eventually no_process 'sleep 1022'
	rt delete "$ID"
}

# bats test_tags=R2,R21,R24
@test "CRI-O: kill -a ID 9; pause; update --resources -; delete --force" {
	runs
	echo '{}' >in
	status=0
	rt update --resources - "$ID" <in >out 2>&1 || status=$?
	[ $status = 0 ]
	[ ! -s out ]
	rt pause "$ID"
	rt resume "$ID"
	rt kill -a "$ID" 9
	eventually state_is stopped
	rt delete --force "$ID"
}

# bats test_tags=R24
@test "docker update: what was not asked for is zero, and stays as it is" {
	runs
	for what in '{"memory":{"limit":0,"reservation":0,"kernel":0},"cpu":{"shares":0,"quota":0,"period":0},"blockIO":{"weight":0}}' \
		'{"devices":[{"allow":false,"access":"rwm"}],"memory":{},"cpu":{}}'; do
		for form in --resources=- '--resources -' '-r -'; do
			status=0
			# shellcheck disable=SC2086 # words
			rt update $form "$ID" <<<"$what" >out 2>&1 || status=$?
			[ $status = 0 ] || { cat out; false; }
			[ ! -s out ]
		done
		echo "$what" >podman123
		try rt update "--resources=$W/podman123" "$ID"
		expect 0 '^$'
	done
	rt delete --force "$ID"
}

# bats test_tags=R24
@test "containerd's update: unified, by its kernel name; max is no limit" {
	runs
	limit=/sys/fs/cgroup/place/$ID/hugetlb.2MB.max
	[ -e "$limit" ] || skip "the hugetlb controller is not in the cgroup2 hierarchy of this machine"
	for value in 4194304 max; do
		rt update --resources=- "$ID" <<<'{"unified": {"hugetlb.2MB.max": "'$value'"}}' >out 2>&1
		[ ! -s out ]
		[ "$(<"$limit")" = $value ]
	done
	rt delete --force "$ID"
}

# ---- hooks ----

# hook STAGE: it writes where it is and what it was told to $W/STAGE
hook() {
	printf '#!/bin/sh\n{ echo "$0 $*"; pwd; env; } >%s/said.%s\ncat >%s/state.%s\n' "$W" "$1" "$W" "$1" >"$W/hook.$1"
	chmod +x "$W/hook.$1"
}

# bats test_tags=R25
@test "hooks: the name by which they are called, the environment, the state; of every stage on the host" {
	for stage in prestart createRuntime poststart poststop; do
		hook $stage
	done
	made '.annotations = {a: "b"} | .hooks = ([("prestart", "createRuntime", "poststart", "poststop") | {(.): [{path: "\($w)/hook.\(.)",
		args: ["dispatch", "-x", .], env: ["PATH=/usr/bin:/bin", "MARK=\(.)"]}]}] | add)' --arg w "$W"
	rt start "$ID"
	rt delete --force "$ID"
	for stage in prestart createRuntime poststart poststop; do
		grep -q -- "-x $stage" "said.$stage"
		grep -qx "MARK=$stage" "said.$stage"
		jq -e --arg id "$ID" '.id == $id and .annotations.a == "b" and (.ociVersion | length > 0)' "state.$stage"
	done
	for stage in prestart createRuntime; do
		jq -e --argjson pid "$PID" '.status == "creating" and .pid == $pid' "state.$stage"
		grep -qx "$B" "said.$stage"
	done
	jq -e --argjson pid "$PID" '.pid == $pid' state.poststart
	jq -e '.status == "stopped"' state.poststop
}

# bats test_tags=R25
@test "hooks: createContainer before the root changes, startContainer behind it; where they stand, what they are told" {
	made '.hooks = {
		createContainer: [{path: "/bin/sh", args: ["sh", "-c", "pwd >\($w)/pwd; readlink /proc/self/ns/mnt >\($w)/mnt; cat >\($w)/told"]}],
		startContainer: [{path: "/bin/sh", args: ["sh", "-c", "pwd >/tmp/pwd; readlink /proc/self/ns/mnt >/tmp/mnt; cat >/tmp/told"]}]}' \
		--arg w "$W"
	[ "$(<"$W/pwd")" = "$B/rootfs" ]
	[ "$(<mnt)" = "$(readlink "/proc/$PID/ns/mnt")" ]
	jq -e --arg id "$ID" '.id == $id and .status == "creating"' told
	[ ! -e "/proc/$PID/root/tmp/told" ]
	rt start "$ID"
	[ "$(<"/proc/$PID/root/tmp/pwd")" = / ]
	[ "$(<"/proc/$PID/root/tmp/mnt")" = "$(<mnt)" ]
	jq -e --arg id "$ID" '.id == $id and .status == "created"' "/proc/$PID/root/tmp/told"
	rt delete --force "$ID"
}

# bats test_tags=R25
@test "hooks: libnetwork's: path is a link in /proc, the first argument a name" {
	printf '#!/bin/sh\necho "$0" >%s/called\n' "$W" >tool
	made '.hooks = {prestart: [{path: "/proc/\($pid)/exe", args: ["libnetwork-setkey", "-c", "echo \"$0\" >\($w)/called", "libnetwork-setkey"]}]}' \
		--arg w "$W" --arg pid "$$"
	[ "$(<called)" = libnetwork-setkey ]
	rt delete --force "$ID"
}

# bats test_tags=R25
@test "hooks: without env, one of the host's has the caller's" {
	hook createRuntime
	export OF_THE_CALLER=yes
	made '.hooks = {createRuntime: [{path: "\($w)/hook.createRuntime"}]}' --arg w "$W"
	rt delete --force "$ID"
	grep -qx OF_THE_CALLER=yes said.createRuntime
}

# bats test_tags=R25
@test "hooks: the network namespace is there, and prestart may bind it" {
	made '.hooks = {prestart: [{path: "/bin/sh", args: ["sh", "-c",
		"pid=$(sed \"s/.*\\\"pid\\\": *\\([0-9]*\\).*/\\1/\" | tr -cd 0-9); readlink /proc/$pid/ns/net >\($w)/net"], env: ["PATH=/usr/bin:/bin"]}]}' --arg w "$W"
	[ "$(<net)" = "$(readlink "/proc/$PID/ns/net")" ]
	rt delete --force "$ID"
}

# bats test_tags=R25
@test "hooks: one that fails, and one that takes too long, fail create" {
	bundle '.hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "echo why >&2; exit 3"]}]}'
	try rt create --bundle "$B" "$ID"
	expect fail 'why|3'
	rt delete --force "$ID"
	rm -rf "$B"
	bundle '.hooks = {createRuntime: [{path: "/bin/sleep", args: ["sleep", "1024"], timeout: 1}]}'
	try rt create --bundle "$B" "$ID"
	expect fail
	rt delete --force "$ID"
	no_process 'sleep 1024'
}

# ---- what engines write into config.json ----

# bats test_tags=R26
@test "odd values of engines: none of them is an error" {
	bundle '.process.args = ["/bin/probe", "true"] | .ociVersion = "1.0.2-dev" | .unknown = {a: 1} |
		.mounts[0].options = [""] | .mounts += [{destination: "/t", type: "tmpfs", source: "tmpfs", options: ["rprivate", "nosuid", "", "size=1m"]}] |
		.linux.devices = [{path: "/dev/extra", type: "c", major: 1, minor: 3, fileMode: 8630, uid: 0, gid: 0}] |
		.linux.resources.memory = {disableOOMKiller: false} | .linux.resources.blockIO = {weight: 0} |
		.linux.resources.cpu = {shares: 0} | .process.oomScoreAdj = 0 | .process.user.umask = 18 |
		.process.user.additionalGids = [0] | del(.process.capabilities.inheritable) | .linux.seccomp = null | .annotations = {}'
	try rt run --bundle "$B" "$ID"
	expect 0 '^$'
}

# bats test_tags=R26
@test "root.path: absolute and outside of the bundle" {
	bundle '.process.args = ["cat", "/etc/passwd"] | .root.path = $root' --arg root "$SUITE/image/root"
	mkdir -p "$SUITE/image/root/run"
	rm -rf "$B/rootfs"
	try rt run --bundle "$B" "$ID"
	rmdir "$SUITE/image/root/run"
	expect 0 '^root:'
}

# bats test_tags=R26
@test "files are bound where there is none, below a tmpfs that was mounted before" {
	echo words >file
	bundle '.process.args = ["cat", "/run/secrets/file"] | .mounts += [{destination: "/run/secrets/file", source: "\($w)/file",
		options: ["rprivate", "nosuid", "noexec", "nodev", "ro", "rbind"]}]' --arg w "$W"
	try rt run --bundle "$B" "$ID"
	expect 0 '^words$'
}
