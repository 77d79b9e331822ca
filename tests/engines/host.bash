# SPDX-License-Identifier: Apache-2.0
#
# The machine that engines run on, as far as the tests change it, and the image
# that all of them run. With namespaces of our own the layers above /usr and /etc
# vanish with them; with HERE=yes the machine is there for the tests alone.

# The configuration files of contrib are used as they are, in their usual places.
CONTRIB=$(realpath "${BASH_SOURCE[0]%/*}/../../contrib")

# What time limits are multiplied with: 10 or so where the processor is emulated.
export SLOW=${SLOW:-1}

host_prepare() {
	local tree
	# Debian's own programs, not what may lie in /usr/local.
	export PATH=/usr/sbin:/usr/bin:/sbin:/bin XDG_RUNTIME_DIR=''
	unset DOCKER_HOST CONTAINER_HOST TMPDIR
	if [ ! "${HERE_ALONE-}" ]; then
		ip link set lo up
		mount -t tmpfs -o mode=755 tmpfs /run
		mkdir -p /run/lock
		for tree in usr etc; do
			host_layer "$tree"
		done
		# The engines' stores: no overlay may lie below an overlay.
		for tree in containers docker containerd cni; do
			mkdir -p "$SUITE/var/$tree" "/var/lib/$tree"
			mount --bind "$SUITE/var/$tree" "/var/lib/$tree"
		done
	fi
	host_install
}

# host_layer TREE: what is written to /TREE goes to a directory of the suite
host_layer() {
	mkdir -p "$SUITE/layer/$1" "$SUITE/layer/$1.work"
	mount -t overlay -o "lowerdir=/$1,upperdir=$SUITE/layer/$1,workdir=$SUITE/layer/$1.work" overlay "/$1"
}

# The runtime under its name; BuildKit takes the `runc` of its PATH, which is this one, too.
host_install() {
	export RUNTIME
	RUNTIME=$(command -v "$RUNTIME_NAME") || RUNTIME=/usr/bin/$RUNTIME_NAME
	# Debian has links from one place to the other.
	RUNTIME=$(realpath "$RUNTIME")
	if [ "$RUNTIME_PATH" != "$RUNTIME" ]; then
		cp "$RUNTIME_PATH" "$RUNTIME.new"
		mv "$RUNTIME.new" "$RUNTIME"
	fi
	if [ -e "${RUNTIME_PATH%/*}/hull-dynamic" ]; then
		install -D -m 755 "${RUNTIME_PATH%/*}/hull-dynamic" /usr/local/libexec/hull/hull-dynamic
	fi
	mkdir -p "$SUITE/path"
	ln -sf "$RUNTIME" "$SUITE/path/runc"
}

host_restore() {
	local pid
	for pid in ${STARTED-}; do
		kill "$pid" 2>/dev/null || true
	done
}

# Where the runtime keeps containers by default: hull does so whatever it is called.
host_state() {
	case $(basename "$RUNTIME_PATH") in
	hull)	echo /run/hull ;;
	*)	echo "/run/$RUNTIME_NAME" ;;
	esac
}

# Whether limits of this kind can be set: a hybrid host keeps controllers for cgroup v1.
host_controller() {
	grep -qw "$1" /sys/fs/cgroup/cgroup.controllers
}

# ---- starting daemons ----

# daemon_start NAME SOCKET COMMAND...: its output goes to engine.log; ready when it listens
daemon_start() {
	local name=$1 socket=$2 end=$((SECONDS + 30 * SLOW))
	shift 2
	rm -f "$socket"
	# Not a child of a test: it goes on when that ends.
	setsid "$@" >>"$SUITE/engine.log" 2>&1 </dev/null 3>&- &
	echo $! >"$SUITE/$name.pid"
	disown
	while ((SECONDS < end)); do
		[ ! -S "$socket" ] || return 0
		[ -d "/proc/$(cat "$SUITE/$name.pid")" ] || break
		sleep 0.1
	done
	echo "$name did not start" >&2
	return 1
}

# daemon_ready COMMAND...: waits until it works
daemon_ready() {
	local end=$((SECONDS + 10 * SLOW))
	while ((SECONDS < end)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	"$@" >&2
}

# daemon_stop NAME [SIGNAL]: waits for its end
daemon_stop() {
	local pid end=$((SECONDS + 10 * SLOW))
	pid=$(cat "$SUITE/$1.pid" 2>/dev/null) || return 0
	kill "-${2:-TERM}" "$pid" 2>/dev/null || return 0
	while ((SECONDS < end)); do
		[ -d "/proc/$pid" ] || return 0
		[[ $(cat "/proc/$pid/stat" 2>/dev/null) != *') Z '* ]] || return 0
		sleep 0.05
	done
	echo "$1 did not stop" >&2
	return 1
}

# ---- the image ----

# image_make DIR: DIR/root, and it as DIR/root.tar and as an OCI archive DIR/oci.tar
image_make() {
	mkdir -p "$1"
	"$CONTRIB/../scripts/busybox-root" "$1/root"
	cp "$PROBE" "$1/root/bin/probe"
	image_pack "$1" test.local/box:latest /bin/sh
}

# image_pack DIR NAME COMMAND...: DIR/root.tar and DIR/oci.tar, of DIR/root
image_pack() {
	local layer config manifest blobs=$1/oci/blobs/sha256
	mkdir -p "$blobs"
	tar -C "$1/root" --numeric-owner -cf "$1/root.tar" .
	layer=$(blob <"$1/root.tar")
	config=$(jq -n --arg layer "sha256:$layer" '{architecture: "amd64", os: "linux",
		config: {Env: ["PATH=/bin"], Cmd: $ARGS.positional},
		rootfs: {type: "layers", diff_ids: [$layer]}}' --args -- "${@:3}" | blob)
	manifest=$(jq -n --arg layer "$layer" --arg config "$config" --argjson sizes \
		"[$(stat -c %s "$blobs/$config"), $(stat -c %s "$blobs/$layer")]" '{schemaVersion: 2,
		mediaType: "application/vnd.oci.image.manifest.v1+json",
		config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: "sha256:\($config)", size: $sizes[0]},
		layers: [{mediaType: "application/vnd.oci.image.layer.v1.tar", digest: "sha256:\($layer)", size: $sizes[1]}]}' | blob)
	jq -n --arg manifest "$manifest" --arg name "$2" --argjson size "$(stat -c %s "$blobs/$manifest")" '{schemaVersion: 2,
		manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: "sha256:\($manifest)",
		size: $size, annotations: {"org.opencontainers.image.ref.name": $name,
		"io.containerd.image.name": $name}}]}' >"$1/oci/index.json"
	echo '{"imageLayoutVersion": "1.0.0"}' >"$1/oci/oci-layout"
	tar -C "$1/oci" -cf "$1/oci.tar" .
}

# Roots of a Debian with real programs, made by tests/engines/run where there is a network, and kept.
DEBIAN_ROOTS=${HULL_ENGINES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hull-engines}
declare -gA DEBIAN_PACKAGES=(
	[services]="postgresql nginx-light redis-server nodejs python3 systemd systemd-sysv dbus"
	[nested]="docker.io containerd podman conmon crun iptables containernetworking-plugins ca-certificates
		jq catatonit"
)

# debian_archive NAME: where the archive of such a root is, or shall be
debian_archive() {
	local key
	key=$(tr -s " \n\t" " " <<<"${DEBIAN_PACKAGES[$1]}" | sha256sum | cut -c 1-12)
	echo "$DEBIAN_ROOTS/$1-$key.tar"
}

# debian_make NAME: the archive, unless it is there
debian_make() {
	local archive
	archive=$(debian_archive "$1")
	[ ! -e "$archive" ] || return 0
	# shellcheck disable=SC2086 # a list of names
	"$CONTRIB/../scripts/debian-root" bookworm "${archive%.tar}" ${DEBIAN_PACKAGES[$1]} || return
	rm -rf "${archive%.tar}"/var/cache/apt/* "${archive%.tar}"/var/lib/apt/lists/*
	tar -C "${archive%.tar}" --numeric-owner --exclude=./dev/* --exclude=./usr/share/doc --exclude=./usr/share/locale \
		-cf "$archive.new" . && mv "$archive.new" "$archive"
	rm -rf --one-file-system "${archive%.tar}"
}

# debian_image NAME: the engine's image test.local/NAME of it, if there is one
debian_image() {
	local archive
	archive=$(debian_archive "$1")
	[ ! -e "$archive" ] || "$ENGINE" image inspect "test.local/$1" >/dev/null 2>&1 ||
		"$ENGINE" import - "test.local/$1" <"$archive" >/dev/null 2>&1
}

# Standard input becomes a blob; prints its digest.
blob() {
	local digest
	cat >"$blobs/new"
	digest=$(sha256sum <"$blobs/new")
	digest=${digest%% *}
	mv "$blobs/new" "$blobs/$digest"
	echo "$digest"
}
