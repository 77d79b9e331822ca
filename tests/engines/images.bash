# SPDX-License-Identifier: Apache-2.0
#
# What the tests of builds share.

# dockerfile: standard input is one, in a context of its own
dockerfile() {
	mkdir -p context
	cat >context/Dockerfile
	echo from the context >context/file
}

# build OPTION...: of the context; the image is $NAME
build() {
	try engine build --no-cache -t "test.local/$NAME" "$@" context
}

# built COMMAND...: in a container of the image
built() {
	try engine run --rm "test.local/$NAME" "$@"
}

teardown() {
	engine_clear >/dev/null 2>&1 || true
	engine rmi -f "test.local/$NAME" >/dev/null 2>&1 || true
	test_end
}
