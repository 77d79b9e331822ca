#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The life of a container, as Docker and Podman lead it.
load helpers

@test "run: output and status 0" {
	box -- echo hello
	expect 0 '^hello$'
}

@test "run: the program's status" {
	box -- sh -c 'exit 9'
	expect 9 '^$'
}
