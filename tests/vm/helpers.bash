# SPDX-License-Identifier: Apache-2.0
#
# What the tests in a guest share: all of tests/integration/helpers.bash, and
# that a file runs several times: with the driver $DRIVER (cgroupfs or systemd),
# as root or as tester ($USER). A container's cgroup is /sys/fs/cgroup$(place).

source "${BASH_SOURCE[0]%/*}/../integration/helpers.bash"

setup() {
	test_begin
	[ "$DRIVER" = cgroupfs ] || need "this hull has no systemd driver" \
		jq -e .linux.cgroup.systemd <("$HULL" features)
}

hull() {
	local options=()
	[ "$DRIVER" != systemd ] || options=(--systemd-cgroup)
	timeout --foreground -k 2 $((30 * SLOW)) "$HULL" --root "$STATE" "${options[@]}" "$@" 3>&-
}

# The systemd that units of ours are at: root's or tester's.
manager() {
	if [ "$USER" = root ]; then systemctl "$@"; else systemctl --user "$@"; fi
}

# Also units, and of cgroups only what this user can make.
host_digest() {
	local name
	cat /proc/self/mountinfo
	find "/sys/fs/cgroup${CGROUP%/*/*}" -mindepth 1 -type d | sort
	ls -A "$STATE" 2>/dev/null
	manager list-units --all --plain --no-legend --type=scope,slice | cut -d' ' -f1 | sort
	ps -u $UID -o comm= | awk '/^(probe|busybox|sleep|sh|hull)/'
	hostname
}

# Where the container's init is, in our view.
place() {
	sed -n 's/^0:://p' "/proc/$(pid_of)/cgroup"
}

# cgroup FILE: what is in a file of the container's cgroup
cgroup() {
	cat "/sys/fs/cgroup$(place)/$1"
}
