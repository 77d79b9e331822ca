#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Many at the same time. What is left is looked for at the end of each.
load helpers

# numbered N COMMAND...: the command in the background for each number, which it finds in $i
numbered() {
	local count=$1 pids=() failed=0
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

one_run() {
	[ "$(timeout 300 "$ENGINE" run --rm --network none "$IMAGE" echo "$1" 3>&-)" = "$1" ]
}

one_up() {
	timeout 300 "$ENGINE" run -d --network none --name "$NAME.$1" "$IMAGE" /bin/probe pause 3>&-
}

one_exec() {
	[ "$(timeout 300 "$ENGINE" exec "$NAME.$1" echo "$1" 3>&-)" = "$1" ]
}

one_end() {
	timeout 300 "$ENGINE" rm -f "$NAME.$1" 3>&-
}

@test "fifty containers run and go at the same time" {
	numbered 50 one_run
}

@test "fifty containers start, answer and are removed at the same time" {
	numbered 50 one_up
	numbered 50 one_exec
	numbered 50 one_end
	[ -z "$(engine ps -aq)" ]
}

@test "ten containers are made and killed again and again" {
	many() {
		local j
		for j in 1 2 3; do
			one_up "$1" && one_end "$1" || return
		done
	}
	numbered 10 many
}
