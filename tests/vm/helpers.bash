# SPDX-License-Identifier: Apache-2.0
#
# What the tests in a guest share: all of tests/integration/helpers.bash, and
# that a file runs several times: with the driver $DRIVER (cgroupfs or systemd),
# as root or as tester ($USER). $PLACE is a cgroupsPath for the driver; where a
# container's cgroup is then, $(place) tells.

source "${BASH_SOURCE[0]%/*}/../integration/helpers.bash"

setup() {
	test_begin
	case $DRIVER in
	cgroupfs) export PLACE=$CGROUP/$ID ;;
	systemd)  export PLACE=:hull:$ID ;;
	esac
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

# limited RESOURCES [COMMAND...]: a container that runs, at $PLACE, with these as linux.resources
limited() {
	started ".linux.cgroupsPath = \$ENV.PLACE | .linux.resources += $1" "${@:2}"
}

# as ID COMMAND...: of another container than the test's own
as() {
	local own=$ID
	local ID=$1
	local -x PLACE=${PLACE%"$own"}$1
	"${@:2}"
}

# cgroup FILE: what is in a file of the container's cgroup
cgroup() {
	cat "/sys/fs/cgroup$(place)/$1"
}
