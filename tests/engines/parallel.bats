#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Many at the same time. What is left is looked for at the end of each.
load helpers

# Docker 20.10 locks itself up when many leave a network at once (libnetwork: the network of one is
# asked for the controller's lock, the controller of another for the network's), so there nobody has one.
shared_network() {
	NETWORK=none
	[ "$ENGINE" = docker ] || return 0
	engine run -d --name "$NAME.net" --network none "$IMAGE" /bin/probe pause >/dev/null
	NETWORK=container:$NAME.net
}

setup() {
	test_begin
	shared_network
}

one_run() {
	[ "$(timeout $((300 * SLOW)) "$ENGINE" run --rm --network "$NETWORK" "$IMAGE" echo "$1" 3>&-)" = "$1" ]
}

one_up() {
	timeout $((300 * SLOW)) "$ENGINE" run -d --network "$NETWORK" --name "$NAME.$1" "$IMAGE" /bin/probe pause 3>&-
}

one_exec() {
	[ "$(timeout $((300 * SLOW)) "$ENGINE" exec "$NAME.$1" echo "$1" 3>&-)" = "$1" ]
}

one_end() {
	timeout $((300 * SLOW)) "$ENGINE" rm -f "$NAME.$1" 3>&-
}

@test "fifty containers run and go at the same time" {
	numbered 50 one_run
}

@test "fifty containers start, answer and are removed at the same time" {
	numbered 50 one_up
	numbered 50 one_exec
	numbered 50 one_end
	[ -z "$(engine ps -aq --filter "name=${NAME}[.][0-9]")" ]
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
