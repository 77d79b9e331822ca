#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What builds of BuildKit have and others do not.
load helpers
load images

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
	built cat /result
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
	built cat /all
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
	built cat /net
	[ "$output" != "$(readlink /proc/self/ns/net)" ]
	build --network host
	expect 0
	built cat /net
	[ "$output" = "$(readlink /proc/self/ns/net)" ]
}

@test "fifty commands at the same time" {
	{
		for i in {1..50}; do
			printf 'FROM %s AS s%s\nRUN echo %s >/of.%s\n' "$IMAGE" "$i" "$i" "$i"
		done
		echo "FROM $IMAGE"
		for i in {1..50}; do
			echo "COPY --from=s$i /of.$i /"
		done
	} | dockerfile
	# On a busy machine BuildKit gives up waiting for itself (moby/buildkit issue 1822).
	for i in {1..3}; do
		DOCKER_BUILDKIT=1 BUILDKIT_PROGRESS=plain try timeout $((300 * SLOW)) docker build --no-cache -t "test.local/$NAME" context 3>&-
		[[ $output = *"flightcontrol: exceeded retry timeout"* ]] || break
	done
	expect 0
	built sh -c 'cat /of.* | sort -n | tail -n 1; ls /of.* | wc -l'
	expect 0 $'^50\n50$'
}
