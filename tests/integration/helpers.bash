# SPDX-License-Identifier: Apache-2.0
#
# What the tests share. A test describes a container as a change (jq) to the
# configuration that `hull spec` writes, and says what must come of it:
#
#	@test "hostname" {
#		probe '.hostname = "abc"'
#		check '.hostname == "abc"'
#	}
#
# Every test has a directory $W and a state directory $STATE of its own. At its
# end its containers are deleted, and the test fails if anything is left on the
# host that was not there before: mounts, cgroups, processes, state.

bats_require_minimum_version 1.5.0
source "$(dirname "${BASH_SOURCE[0]}")/suite.bash"

# What every time limit is multiplied with: 10 or so where the processor is emulated.
: "${SLOW:=1}"

setup() {
	test_begin
}

teardown() {
	test_end
}

test_begin() {
	umask 022	# others may not write to a state directory
	export W=$SUITE/$BATS_TEST_NUMBER
	STATE=$W/state
	ID=t$BATS_TEST_NUMBER
	mkdir -p "$W"
	cd "$W" || return
	exec </dev/null
	BEFORE=$(host_digest)
}

test_end() {
	local after end
	unhold
	for after in "$STATE"/*/; do
		[ ! -d "$after" ] || hull delete --force "$(basename "$after")" || true
	done
	# Processes that were killed may need a moment to be gone.
	end=$((SECONDS + SLOW + 1))
	while ((SECONDS < end)); do
		after=$(host_digest)
		if [ "$after" = "$BEFORE" ]; then
			cd "$SUITE" && rm -rf --one-file-system "$W"
			return
		fi
		sleep 0.02
	done
	echo "left behind:"
	diff <(echo "$BEFORE") <(echo "$after")
	return 1
}

# Everything of the host that a container might leave behind.
host_digest() {
	local d name root=
	[ "$(id -u)" != 0 ] || root=yes
	cat /proc/self/mountinfo
	[ ! "$root" ] || find /sys/fs/cgroup -mindepth 1 -type d | sort
	ls -A "$STATE" 2>/dev/null
	ls -A /run/netns 2>/dev/null
	for d in /proc/[0-9]*; do
		# Root has a pid namespace for this alone, others share theirs.
		[ "$root" ] || [ -O "$d" ] || continue
		{ read -r name <"$d/comm"; } 2>/dev/null || continue
		case $name in
		probe | busybox | sleep | sh | hull* | "${HULL##*/}") echo "process $name" ;;
		esac
	done
	hostname
}

# ---- running ----

# The runtime with this test's state directory. Descriptor 3 is bats's own.
hull() {
	timeout --foreground -k 2 $((30 * SLOW)) "$HULL" --root "$STATE" "$@" 3>&-
}

# Sets $status and $output. Not bats's `run`, which would wait for a container that
# still holds its pipe.
run_hull() {
	status=0
	hull "$@" >"$W/output" 2>&1 || status=$?
	output=$(<"$W/output")
}

# expect STATUS|fail [PATTERN...]: what the last run_hull must have given
expect() {
	local want=$1 pattern
	shift
	if [ "$want" = fail ]; then
		# 124 and 137: it hung, and `timeout` ended it.
		[[ $status != @(0|124|137|139) ]] || complain "should have failed"
	else
		[ "$status" = "$want" ] || complain "should have exited with $want"
	fi
	for pattern; do
		[[ $output =~ $pattern ]] || complain "output does not match: $pattern"
	done
}

# Not one of these patterns may be in the output.
expect_no() {
	local pattern
	for pattern; do
		[[ ! $output =~ $pattern ]] || complain "output must not match: $pattern"
	done
}

complain() {
	printf '%s\n' "$1" "status: $status" "output:" "$output"
	return 1
}

# eventually COMMAND...: within five seconds
eventually() {
	local end=$((SECONDS + 5 * SLOW + 1))
	while ((SECONDS < end)); do
		! "$@" 2>/dev/null || return 0
		sleep 0.02
	done
	echo "never came true: $*"
	return 1
}

# ---- bundles ----

# bundle NAME [FILTER [JQ-OPTIONS...]]: makes $B = $W/NAME
bundle() {
	B=$W/$1
	mkdir -p "$B"
	cp -al "$SUITE/root" "$B/rootfs"
	local filter=${2:-.}
	jq '.process.terminal = false | .process.args = ["/bin/probe", "true"] |
	    .root.path = "rootfs" | .root.readonly = false | .hostname = "test" |
	    '"$filter" "${@:3}" <"$SUITE/config.json" >"$B/config.json"
}

# reconfigure FILTER [JQ-OPTIONS...]: changes the configuration in $B
reconfigure() {
	jq "$@" <"$B/config.json" >"$B/config.json.new"
	cat "$B/config.json.new" >"$B/config.json"
	rm "$B/config.json.new"
}

# container FILTER COMMAND...: a bundle that runs the command, and `run` of it
container() {
	local filter=$1
	shift
	bundle "$ID" '.process.args = $ARGS.positional | '"$filter" --args -- "$@"
	run_hull run --bundle "$B" "$ID"
}

# shell FILTER SCRIPT: the same with a shell script
shell() {
	container "$1" /bin/sh -c "$2"
}

# created FILTER [COMMAND...]: a bundle, and a created container
created() {
	local filter=$1
	shift
	[ $# -gt 0 ] || set -- /bin/probe pause
	bundle "$ID" '.process.args = $ARGS.positional | '"$filter" --args -- "$@"
	hull create --bundle "$B" "$ID" >"$W/out" 2>&1 || { cat "$W/out"; return 1; }
}

# started FILTER [COMMAND...]: a running one
started() {
	created "$@"
	hull start "$ID"
}

# What `state` says about one member.
state() {
	hull state "$ID" | jq -r ".$1"
}

state_is() {
	[ "$(state status)" = "$1" ]
}

pid_of() {
	state pid
}

# ---- the probe ----

# probe FILTER: runs the probe; what it says is then in $W/probe.json
probe() {
	container "$1" /bin/probe probe
	expect 0
	printf '%s\n' "$output" >"$W/probe.json"
}

# check EXPRESSION...: each must hold for what the probe said
check() {
	local e
	for e; do
		jq -e "$MOUNTS $e" "$W/probe.json" >/dev/null || {
			echo "does not hold: $e"
			jq -c 'del(.environ, .fds, .rlimits, .mounts)' "$W/probe.json"
			return 1
		}
	done
}

# mount("/proc"): the mount there, as an object
MOUNTS='def mounts: [.mounts[] | split(" - ") as [$l, $r] | ($l | split(" ")) as $l |
		($r | split(" ")) as $r | {root: $l[3], at: $l[4], options: ($l[5] | split(",")),
		propagation: ($l[6:] | map(select(length > 0))), type: $r[0], source: $r[1],
		super: ($r[2] | split(","))}];
	def mount($at): mounts | map(select(.at == $at)) | last;
	def has_all($list): . as $in | all($list[]; . as $x | $in | index([$x]) != null);'

# golden NAME: compares it with golden/NAME.json but for what differs between
# machines and runs; GOLDEN=update writes that file instead.
golden() {
	jq -S "$MOUNTS"'
		# What is a mount of the host is whatever the host has there, and not every kernel has all of /proc.
		.mounts = ([mounts[] | select(.at | test("^/sys/(?!firmware$)|^/proc/(acpi|asound|kcore|latency_stats|sched_debug|scsi|sysrq-trigger|timer_stats)$") | not) |
			if .type == "devtmpfs" then {at} elif .at == "/" then {at, options} else
			{at, options, type, super, propagation: (.propagation | map(sub(":.*"; "")))} end |
			.super |= (. // [] | map(select(test("^(seclabel|inode64|size=|nr_inodes=|gid=)") | not)))] |
			sort_by(.at)) |
		.ns |= map_values(sub("\\[.*"; "")) | .keyring |= (. > 0) |
		.keyring_text |= (. // "" | split(";")[4]) | .fds |= map({fd, cloexec}) |
		.cgroup |= map(select(startswith("0:"))) | .rlimits |= {nofile} |
		del(.status.Cpus_allowed_list, .status.NSpid, .ioprio, .nice, .policy, .priority)' \
		"$W/probe.json" >"$W/$1.json"
	if [ "${GOLDEN-}" = update ]; then
		cp "$W/$1.json" "$HERE/golden/$1.json"
	else
		diff -u "$HERE/golden/$1.json" "$W/$1.json"
	fi
}

# ---- the host ----

# Skips unless the command works.
need() {
	local reason=$1
	shift
	"$@" >/dev/null 2>&1 || skip "$reason"
}

controller() {
	grep -qw "$1" /sys/fs/cgroup/cgroup.controllers
}

# hold OPTIONS...: a process in namespaces of its own (options of unshare); $HOLDER is its pid
hold() {
	unshare "$@" sh -c 'read -r pid rest </proc/self/stat; echo $pid >holder; exec sleep 600' 3>&- &
	disown
	eventually test -s holder
	read -r HOLDER <holder
}

unhold() {
	[ -z "${HOLDER-}" ] || kill -9 "$HOLDER" 2>/dev/null || true
}

# ---- update ----

# update OPTION...: of this test's container
update() {
	run_hull update "$@" "$ID"
}

# by JSON [OPTION...]: by a document
by() {
	local json=$1
	shift
	run_hull update --resources - "$@" "$ID" <<<"$json"
}
