#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Short forms of tests/soak.
load helpers

@test "a crowd of commands on a few containers" {
	output=$("$HERE/../soak/exec-storm" "$HULL" 10 6 2>&1 3>&-) || true
	echo "$output"
	[[ $output =~ [0-9]+\ passed,\ 0\ failed$ ]]
}

@test "a stream through a container" {
	command -v python3 >/dev/null || skip "no python3"
	output=$("$HERE/../soak/streams" "$HULL" 0.5 2>&1 3>&-) || true
	echo "$output"
	[[ $output =~ 1\ passed,\ 0\ failed$ ]]
}
