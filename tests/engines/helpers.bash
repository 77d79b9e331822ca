# SPDX-License-Identifier: Apache-2.0
#
# What the tests through engines share. `engine` is the engine's command line, of
# which Docker's and Podman's are the same where a test uses it for both; `try`
# keeps what it gave for `expect`. A test fails if at its end anything is left that
# was not there before it: records of the runtime, cgroups, mounts, processes.
load ../integration/helpers
# shellcheck source=/dev/null
. "$HERE/host.bash"
# The process in whose namespaces containers are made, unless the engine says otherwise.
engine_pid() {
	echo self
}

# shellcheck source=/dev/null
. "$HERE/engine/$ENGINE_FILE"

IMAGE=test.local/box

setup() {
	test_begin
}

teardown() {
	engine_clear >/dev/null 2>&1 || true
	test_end
}

test_begin() {
	export W=$SUITE/$BATS_ROOT_PID.$BATS_TEST_NUMBER
	NAME=t$BATS_TEST_NUMBER
	mkdir -p "$W"
	cd "$W" || return
	exec </dev/null
	BEFORE=$(host_digest | sort)
}

# Daemons put away what is theirs after they have answered. What others have taken away is not ours.
test_end() {
	local left end=$((SECONDS + 10 * SLOW + 1))
	# It was skipped before it began.
	[ "${W-}" ] || return 0
	while ((SECONDS < end)); do
		left=$(comm -13 <(echo "$BEFORE") <(host_digest | sort))
		if [ -z "$left" ]; then
			cd "$SUITE" && rm -rf --one-file-system "$W"
			return
		fi
		sleep 0.05
	done
	echo "left behind: $left"
	return 1
}

# debian_wanted NAME: skips if there is no such root
debian_wanted() {
	[ -e "$(debian_archive "$1")" ] || skip "no Debian with $1: it is made where there is a network"
}

# mounts_of PID: but for what Podman mounts of its own store when it uses it first
mounts_of() {
	cut -d ' ' -f 4- "/proc/$1/mountinfo" | sed 's/\(shared\|master\):[0-9]*//; / [^ ]*\/containers\/storage\/overlay /d'
}

host_digest() {
	local d name
	mounts_of self
	# But for what holds the engine's containers, which may stay or go.
	find /sys/fs/cgroup -mindepth 1 -type d | grep -vxE "/sys/fs/cgroup/($(engine_cgroup))"
	# But for what crun makes once and keeps.
	ls -A -I .cache -I .empty-directory "$(engine_state)" 2>/dev/null
	# What this engine alone might leave.
	! declare -F engine_left >/dev/null || engine_left
	for d in /proc/[0-9]*; do
		{ read -r name <"$d/comm"; } 2>/dev/null || continue
		case $name in
		probe | busybox | sleep | conmon | containerd-shim* | hull* | "$RUNTIME_NAME"*) echo "process $name" ;;
		esac
	done
}

# try COMMAND...: sets $status and $output
try() {
	status=0
	"$@" >"$W/output" 2>&1 </dev/null || status=$?
	output=$(<"$W/output")
}

# split WORD... [-- WORD...]: what is before the first -- and what is behind it
split() {
	FIRST=() REST=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		FIRST+=("$1")
		shift
	done
	REST=("${@:2}")
}

# box OPTION... -- COMMAND...: `run --rm` of the image
box() {
	split "$@"
	try engine run --rm "${FIRST[@]}" $IMAGE "${REST[@]}"
}

# up OPTION... [-- COMMAND...]: a container $NAME in the background
up() {
	split "$@"
	[ ${#REST[@]} != 0 ] || REST=(/bin/probe pause)
	engine run -d --name "$NAME" "${FIRST[@]}" $IMAGE "${REST[@]}" >"$W/id" 2>"$W/errors" || {
		cat "$W/errors"
		return 1
	}
	read -r CID <"$W/id"
}

# inspect FORMAT: one member
inspect() {
	engine inspect --format "{{$1}}" "$NAME"
}

inspect_is() {
	[ "$(inspect "$1")" = "$2" ]
}

# status_is STATUS: of $NAME, in words that both engines have
status_is() {
	inspect_is .State.Status "$1"
}

# gone: $NAME is not there any more
gone() {
	! engine inspect "$NAME"
}

no_process() {
	! pgrep -f -- "$1"
}

# ended: waits for the end of $NAME
ended() {
	eventually status_is exited
}

# logged TEXT: once it is in the log
logged() {
	eventually eval "engine logs '$NAME' 2>&1 | grep -qF -- '$1'"
}

# probe OPTION...: a container runs the probe; `check` knows what it says
probe() {
	box "$@" -- /bin/probe probe
	expect 0
	printf '%s\n' "$output" >"$W/probe.json"
}

# ours KIND: the namespace that containers come from
ours() {
	readlink "/proc/$(engine_pid)/ns/$1"
}

# by_root WORDS...: skips what an ordinary user's engine cannot do
by_root() {
	[ ! "${ROOTLESS_USER-}" ] || skip "an ordinary user $*"
}

# give FILE...: to the user who runs the engine
give() {
	[ ! "${ROOTLESS_USER-}" ] || chown -hR "$ROOTLESS_USER:" "$@"
}

fuse_wanted() {
	test -c /dev/fuse || skip "no /dev/fuse on this machine"
	[[ $(stat -c %A /dev/fuse) = *rw- ]] || by_root "may not open /dev/fuse on this machine"
}

# Skips where nobody makes a network for an ordinary user.
network_wanted() {
	command -v pasta slirp4netns >/dev/null || by_root "needs pasta or slirp4netns, which are not installed"
}

# with CONTROLLER...: skips where they belong to cgroup v1
with() {
	local controller
	for controller; do
		host_controller "$controller" || skip "the $controller controller is not in the cgroup2 hierarchy of this machine"
	done
}

# numbered N COMMAND...: the command N times in the background, with its number behind it
numbered() {
	local count=$1 pids=() failed=0 i
	shift
	for ((i = 1; i <= count; i++)); do
		"$@" "$i" >"said.$i" 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || failed=$((failed + 1))
	done
	[ $failed = 0 ] || { echo "$failed failed"; cat said.*; return 1; }
}

# at_terminal STEP... -- COMMAND...: a person at a terminal (tests/integration/pty.c)
at_terminal() {
	split "$@"
	try timeout -k 2 $((60 * SLOW)) "$PROGRAMS/pty" "${FIRST[@]}" -- "${CLIENT:-$ENGINE}" "${REST[@]}" 3>&-
}
