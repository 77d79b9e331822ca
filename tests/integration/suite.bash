# SPDX-License-Identifier: Apache-2.0
#
# What runners of bats files share. They have $HULL, $PROBE, and $WORK, a
# directory for the outputs of files, NAME.tap.

# make_bundle DIR [OPTION...]: what all containers of a file share: the tree
# (busybox, its names, the probe), and the configuration by `hull spec`
make_bundle() {
	"$(dirname "${BASH_SOURCE[0]}")/../../scripts/busybox-root" "$1/root"
	cp "$PROBE" "$1/root/bin/probe"
	"$HULL" spec --bundle "$1" "${@:2}"
}

# kernel_since 6.3
kernel_since() {
	printf '%s\n%s\n' "$1" "$(uname -r)" | sort -CV
}

# report TAP NAME: a file's lines, all at once. What comes after a test's line is its output.
report() {
	local tap=$1 name=$2 planned
	planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$tap")
	if [ "$(grep -cE '^(not )?ok ' "$tap")" != "${planned:-none}" ]; then
		echo "not ok 0 ended early, or could not be read" >>"$tap"
	fi
	grep -vE '^1\.\.' "$tap" | sed "s|^\(not \)\{0,1\}ok [0-9]* |&$name: |" >"$tap.named"
	mv "$tap.named" "$tap"
	cat "$tap"
}

# finish WHAT: of all $WORK/*.tap, what was skipped, what failed, and how many
finish() {
	local passed failed skipped
	cat "$WORK"/*.tap >"$WORK/all" 2>/dev/null || true
	skipped=$(grep -cE '^ok .*# skip' "$WORK/all" || true)
	passed=$(($(grep -cE '^ok ' "$WORK/all" || true) - skipped))
	failed=$(grep -cE '^not ok ' "$WORK/all" || true)
	echo
	sed -n 's/^ok [0-9]* \(.*\) # skip[ (]*/skipped: \1: /p' "$WORK/all" | sed 's/)$//'
	sed -n 's/^not ok [0-9]* /failed: /p' "$WORK/all"
	echo "$1: $passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
}
