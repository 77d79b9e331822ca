#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images are made by containers, too.
load helpers
load images

@test "RUN, COPY, ENV, WORKDIR, USER, CMD" {
	dockerfile <<-EOF
		FROM $IMAGE
		ENV A=one
		WORKDIR /work/here
		COPY file .
		RUN echo "\$A \$(id -u) \$(pwd)" >said && chown user . said
		USER user
		RUN id -un >>said
		CMD cat file said
	EOF
	build
	expect 0
	built
	expect 0 $'^from the context\none 0 /work/here\nuser$'
}

@test "RUN: a failing command is the build's failure" {
	dockerfile <<-EOF
		FROM $IMAGE
		RUN echo saying so >&2; exit 3
	EOF
	build
	expect fail 'saying so' '3'
}

@test "RUN: a missing program" {
	dockerfile <<-EOF
		FROM $IMAGE
		RUN ["/no/such/program"]
	EOF
	build
	expect fail 'no such file or directory'
}

@test "several stages, from nothing" {
	dockerfile <<-EOF
		FROM $IMAGE AS first
		RUN echo made >/made
		FROM $IMAGE AS second
		COPY --from=first /made /got
		RUN cat /got >/both && cat /got >>/both
		FROM scratch
		COPY --from=second /bin /bin
		COPY --from=second /both /both
		CMD ["/bin/cat", "/both"]
	EOF
	build
	expect 0
	built
	expect 0 $'^made\nmade$'
}

@test "--build-arg, --target" {
	dockerfile <<-EOF
		FROM $IMAGE AS first
		ARG WORD=none
		RUN echo "\$WORD" >/word
		CMD cat /word
		FROM first
		RUN exit 1
	EOF
	build --build-arg WORD=given --target first
	expect 0
	built
	expect 0 '^given$'
}

@test "--network none" {
	dockerfile <<-EOF
		FROM $IMAGE
		RUN ip -o link | grep -v ' lo[:@]' | wc -l >/links
	EOF
	build --network none
	expect 0
	built sh -c 'ip link | wc -l; cat /links'
	expect 0
}

@test "RUN: what it may do is a container's" {
	dockerfile <<-EOF
		FROM $IMAGE
		RUN /bin/probe probe >/probe.json
	EOF
	build
	expect 0
	built cat /probe.json
	printf '%s\n' "$output" >probe.json
	check '.pid == 1 or .ppid == 0' '.ns.pid != "'"$(readlink /proc/self/ns/pid)"'"' '[.fds[].fd] == [0, 1, 2]'
}

@test "RUN: nothing of it stays running" {
	dockerfile <<-EOF
		FROM $IMAGE
		RUN setsid sleep 1009 >/dev/null 2>&1 </dev/null & true
	EOF
	build
	expect 0
	eventually no_process 'sleep 1009'
}
