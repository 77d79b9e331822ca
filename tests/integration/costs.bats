# SPDX-License-Identifier: Apache-2.0
#
# What commands cost, counted (tally.c): system calls, forks, execs and page
# faults, each at most what costs.tsv allows. Numbers of the machine's noise are
# not among them; the little that the scheduler changes (who has to wait, and is
# woken) is in the table, which has the most of twenty rounds, where a test has
# to stay within it in one of three. `make costs` writes the table anew.
#
# Forks and execs are the same everywhere. Where kernel or C library are others
# than the table's (its first line), a sixth more calls are allowed (controllers
# to hand on, the start of the library), and faults are not compared.

load helpers.bash

table=$BATS_TEST_DIRNAME/costs.tsv
commands="version run docker create start exec state kill list-1 list-100 delete delete-force"

setup() {
	test_begin
	[ "$(uname -m)" = x86_64 ] || skip "costs.tsv is for x86_64"
	! grep -qE '__(asan|ubsan|tsan|gcov)_' "$HULL" || skip "this hull is instrumented"
}

# What the counts depend on.
host() {
	local libc
	libc=$(getconf GNU_LIBC_VERSION)
	[[ $(ldd "$HULL" 2>&1) != *static* ]] || libc=musl
	echo "Linux $(uname -r | grep -oE '^[0-9]+\.[0-9]+') $(uname -m), $libc"
}

# In the order of $commands: a row for what is counted, a column for each command.
teardown_file() {
	[ "${COSTS-}" = update ] || return 0
	local c files=()
	for c in $commands; do files+=("$SUITE/costs/$c"); done
	{
		echo "# $(host): what commands cost at most; written by make costs"
		awk -v OFS='\t' '
		FNR == 1 { n++; name[n] = FILENAME; sub(/.*\//, "", name[n]) }
		{ count[$1, n] = $2; seen[$1] = 1 }
		function row(what,    i, line) {
			line = what
			for (i = 1; i <= n; i++) line = line OFS (what == "#" ? name[i] : count[what, i] + 0)
			return line
		}
		END {
			print row("#"); print row("calls"); print row("forks"); print row("execs"); print row("faults")
			fflush()
			for (what in seen) if (what !~ /^(calls|forks|execs|faults)$/) print row(what) | "LC_ALL=C sort"
		}' "${files[@]}"
	} >"$table"
}

# ---- the table ----

# compare COMMAND FILE: what is more than the table allows, and which calls have become more
compare() {
	awk -F '\t' -v command="$1" -v file="$2" -v host="# $(host):" '
	function total(what) { return what ~ /^(calls|forks|execs|faults)$/ }
	FNR == 1 { same = index($0, host) == 1 }
	$1 == "#" { for (i = 2; i <= NF; i++) if ($i == command) column = i }
	/^#/ { next }
	{ allowed[$1] = $column }
	END {
		if (!column) { print command ": not in the table"; exit 1 }
		while ((getline line < file) > 0) { split(line, f, " "); got[f[1]] = f[2] }
		at_most["forks"] = allowed["forks"]
		at_most["execs"] = allowed["execs"]
		at_most["calls"] = int(allowed["calls"] * (same ? 1 : 7 / 6))
		# Pages are shared, cached and read ahead by moods of the kernel: a tenth is not ours.
		at_most["faults"] = same ? int(allowed["faults"] * 1.1) : got["faults"]
		for (what in at_most) if (got[what] > at_most[what]) {
			printf "%s: %d %s, and at most %d are allowed\n", command, got[what], what, at_most[what]
			over = 1
		}
		for (what in allowed) got[what] += 0
		for (what in got) if (over && !total(what) && got[what] != allowed[what] + 0)
			printf "    %s: %d, was %d\n", what, got[what], allowed[what]
		if (!over && got["calls"] < 0.95 * allowed["calls"])
			printf "# %s: %d calls, where %d are allowed: make costs\n", command, got["calls"], allowed["calls"] >"/dev/stderr"
		exit over
	}' "$table"
}

# ---- one command ----

# cost ARGUMENT...: counts it; what it prints goes to nobody
cost() {
	env -i PATH="$PATH" "$PROGRAMS/tally" "$W/cost" "$HULL" --root "$STATE" "$@" >/dev/null 2>"$W/err" || {
		cat "$W/err"
		return 1
	}
}

# most FILE: keeps in it the greatest counts that were seen
most() {
	touch "$1"
	awk '{ if ($2 + 0 > n[$1] + 0) n[$1] = $2 } END { for (what in n) print what, n[what] }' "$1" "$W/cost" >"$W/most"
	cat "$W/most" >"$1"
}

# costs COMMAND: calls the test's round(), as often as it takes
costs() {
	local i
	if [ "${COSTS-}" = update ]; then
		mkdir -p "$SUITE/costs"
		for i in {1..20}; do
			round "$i" && most "$SUITE/costs/$1"
		done
		return
	fi
	for i in 1 2 3; do
		round "$i"
		! compare "$1" "$W/cost" >"$W/why" 2>&3 || return 0
	done
	cat "$W/why"
	echo "If it has to be so, write the table anew (make costs) and say in the commit why."
	return 1
}

again() {
	hull delete --force "$ID"
}

waiting() {
	hull create --bundle "$B" "$ID" >/dev/null 2>&1
}

running() {
	waiting && hull start "$ID"
}

ended() {
	eventually state_is stopped
}

# many N: so many containers, which run
many() {
	local i
	bundle many '.process.args = ["/bin/probe", "pause"]'
	for ((i = 0; i < $1; i++)); do
		hull create --bundle "$B" "$ID-$i" >/dev/null 2>&1
	done
}

pausing='.process.args = ["/bin/probe", "pause"]'

# What Docker asks for, with its profile, on our root.
docker='$docker[0] | del(.hooks, .process.apparmorProfile) | .root.path = "rootfs"
	| .linux.cgroupsPath = null | .mounts |= map(select(.type != "bind")) | .process.rlimits = null
	| .linux.resources |= {devices} | .linux.namespaces |= map(del(.path))
	| .process.args = ["/bin/probe", "true"] | .process.terminal = false | .process.cwd = "/"
	| .ociVersion = "1.0.2"'

# ---- the commands ----

@test "costs: --version" {
	round() { cost --version; }
	costs version
}

@test "costs: run" {
	bundle "$ID"
	round() { cost run --bundle "$B" "$ID"; }
	costs run
}

@test "costs: run, as Docker asks for it" {
	bundle "$ID" "$docker" --slurpfile docker "$BATS_TEST_DIRNAME/../data/config/docker-default.json"
	round() { cost run --bundle "$B" "$ID"; }
	costs docker
}

@test "costs: create" {
	bundle "$ID" "$pausing"
	round() { cost create --bundle "$B" "$ID" && again; }
	costs create
}

@test "costs: start" {
	bundle "$ID" "$pausing"
	round() { waiting && cost start "$ID" && again; }
	costs start
}

@test "costs: exec" {
	started "$pausing"
	round() { cost exec "$ID" /bin/probe true; }
	costs exec
}

@test "costs: state" {
	started "$pausing"
	round() { cost state "$ID"; }
	costs state
}

@test "costs: kill" {
	bundle "$ID" "$pausing"
	round() { running && cost kill "$ID" KILL && again; }
	costs kill
}

@test "costs: list of one" {
	many 1
	round() { cost list; }
	costs list-1
}

@test "costs: list of a hundred" {
	many 100
	# Of as many, each processor does a share.
	taskset -cp "$(taskset -cp $$ | grep -o '[0-9]*$')" $$ >/dev/null
	round() { cost list; }
	costs list-100
}

@test "costs: delete" {
	bundle "$ID"
	round() { running && ended && cost delete "$ID"; }
	costs delete
}

@test "costs: delete --force" {
	bundle "$ID" "$pausing"
	round() { running && cost delete --force "$ID"; }
	costs delete-force
}
