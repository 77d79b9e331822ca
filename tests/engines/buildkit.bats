#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What builds of BuildKit have and others do not.
load helpers

dockerfile() {
	mkdir -p context
	cat >context/Dockerfile
	echo from the context >context/file
}

build() {
	try engine build --no-cache -t "test.local/$NAME" "$@" context
}

teardown() {
	engine_clear >/dev/null 2>&1 || true
	engine rmi -f "test.local/$NAME" >/dev/null 2>&1 || true
	test_end
}

@test "a failing command: its status in the message" {
	dockerfile <<-EOF
		FROM $IMAGE
		RUN exit 3
	EOF
	build
	expect 1 'exit code: 3'
}

@test "RUN --mount: cache, tmpfs, bind, secret" {
	echo hidden >secret
	dockerfile <<-EOF
		FROM $IMAGE AS other
		RUN echo other >/file
		FROM $IMAGE
		RUN --mount=type=cache,target=/cache --mount=type=tmpfs,target=/t --mount=type=bind,from=other,source=/file,target=/other \
			--mount=type=secret,id=s touch /cache/x /t/x && cat /other /run/secrets/s >/result
		RUN --mount=type=cache,target=/cache ls /cache >>/result; test ! -e /t/x
	EOF
	build --secret "id=s,src=$W/secret"
	expect 0
	try engine run --rm "test.local/$NAME" cat /result
	expect 0 $'^other\nhidden\nx$'
}

@test "independent stages are built at the same time" {
	dockerfile <<-EOF
		FROM $IMAGE AS a
		RUN sleep 1 && echo a >/a
		FROM $IMAGE AS b
		RUN sleep 1 && echo b >/b
		FROM $IMAGE AS c
		RUN sleep 1 && echo c >/c
		FROM $IMAGE
		COPY --from=a /a /
		COPY --from=b /b /
		COPY --from=c /c /
		RUN cat /a /b /c >/all
	EOF
	build
	expect 0
	try engine run --rm "test.local/$NAME" cat /all
	expect 0 $'^a\nb\nc$'
}

@test "a build that is cancelled ends its container" {
	dockerfile <<-EOF
		FROM $IMAGE
		RUN sleep 1034
	EOF
	DOCKER_BUILDKIT=1 docker build --no-cache context >said 2>&1 3>&- &
	client=$!
	eventually pgrep -f '^sleep 1034'
	kill -INT $client || true
	kill -TERM $client
	wait $client || true
	for _ in {1..20}; do
		! no_process '^sleep 1034' || return 0
		sleep 0.5
	done
	no_process '^sleep 1034'
}

@test "hundreds of lines of output, both streams" {
	dockerfile <<-EOF
		FROM $IMAGE
		RUN for i in \$(seq 400); do echo out \$i; echo err \$i >&2; done
	EOF
	build
	expect 0 'out 400' 'err 400'
}

@test "--network host and none" {
	dockerfile <<-EOF
		FROM $IMAGE
		RUN readlink /proc/self/ns/net >/net
	EOF
	build --network none
	expect 0
	try engine run --rm "test.local/$NAME" cat /net
	[ "$output" != "$(readlink /proc/self/ns/net)" ]
	build --network host
	expect 0
	try engine run --rm "test.local/$NAME" cat /net
	[ "$output" = "$(readlink /proc/self/ns/net)" ]
}
