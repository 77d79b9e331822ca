/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel alone costs: the system calls that make a container of the
 * example configuration (`hull spec`), with all choices made beforehand: no
 * configuration is read, no state kept, nothing checked, nothing locked, and
 * our own program is not protected.
 *
 *	floor run ID ROOT		/bin/true in a container with that root
 *	floor exec PID		/bin/true in the container of that process
 *	floor list STATE	what `hull list` must look at there
 *	floor nothing		a process that starts and ends
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(call) \
	do { \
		if ((call) < 0) { \
			fprintf(stderr, "floor: %s: %s\n", #call, strerror(errno)); \
			_exit(99); \
		} \
	} while (0)

enum { NAMESPACES = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET |
		    CLONE_NEWCGROUP };

struct fs { const char *type, *target; unsigned long flags; const char *data; };

static const struct fs file_systems[] = {
	{ "proc", "proc", 0, NULL },
	{ "tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k" },
	{ "devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620" },
	{ "tmpfs", "dev/shm", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=1777,size=65536k" },
	{ "mqueue", "dev/mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL },
	{ "sysfs", "sys", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL },
	{ "cgroup2", "sys/fs/cgroup", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RELATIME | MS_RDONLY, NULL },
	{ 0 }
};

struct node { const char *path; unsigned major, minor; };

static const struct node nodes[] = {
	{ "dev/null", 1, 3 }, { "dev/zero", 1, 5 }, { "dev/full", 1, 7 },
	{ "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 },
	{ 0 }
};

static const char *const links[][2] = {
	{ "/proc/self/fd", "dev/fd" }, { "/proc/self/fd/0", "dev/stdin" },
	{ "/proc/self/fd/1", "dev/stdout" }, { "/proc/self/fd/2", "dev/stderr" },
	{ "pts/ptmx", "dev/ptmx" }, { NULL, NULL }
};

static const char *const readonly[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys",
					"proc/sysrq-trigger", NULL };

static const char *const masked[] = { "proc/acpi", "proc/asound", "proc/kcore", "proc/keys",
				      "proc/latency_stats", "proc/timer_list", "proc/timer_stats",
				      "proc/sched_debug", "sys/firmware", "proc/scsi", NULL };

static void mounts_make(void)
{
	for (const struct fs *f = file_systems; f->type; f++) {
		if (!strncmp(f->target, "dev/", 4))
			MUST(mkdir(f->target, 0755));
		MUST(mount(f->type, f->target, f->type, f->flags, f->data));
	}
	umask(0);
	for (const struct node *n = nodes; n->path; n++)
		MUST(mknod(n->path, S_IFCHR | 0666, makedev(n->major, n->minor)));
	for (size_t i = 0; links[i][0]; i++)
		MUST(symlink(links[i][0], links[i][1]));
	umask(022);
}

static void paths_cover(void)
{
	enum { KEPT = MS_NOSUID | MS_NODEV | MS_NOEXEC };

	for (const char *const *p = readonly; *p; p++)
		if (mount(*p, *p, NULL, MS_BIND | MS_REC, NULL) == 0)
			MUST(mount(NULL, *p, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | KEPT, NULL));
	for (const char *const *p = masked; *p; p++)
		if (mount("/dev/null", *p, NULL, MS_BIND, NULL) < 0 && errno == ENOTDIR)
			MUST(mount("tmpfs", *p, "tmpfs", MS_RDONLY, NULL));
}

/* CAP_AUDIT_WRITE, CAP_KILL and CAP_NET_BIND_SERVICE stay; no_new_privs; a filter that allows. */
static void privileges_drop(void)
{
	enum { KEPT = 1 << CAP_AUDIT_WRITE | 1 << CAP_KILL | 1 << CAP_NET_BIND_SERVICE };
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { KEPT, KEPT, 0 }, { 0, 0, 0 } };

	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (cap >= 32 || !(KEPT & 1u << cap))
			(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	MUST(syscall(SYS_capset, &head, data));
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static void true_execute(void)
{
	char *argv[] = { (char[]){ "true" }, NULL };

	execv("/bin/true", argv);
	_exit(127);
}

static void container_become(const char *root)
{
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	MUST(mount(root, root, NULL, MS_BIND | MS_REC, NULL));
	MUST(chdir(root));
	mounts_make();
	MUST(syscall(SYS_pivot_root, ".", "."));
	MUST(umount2(".", MNT_DETACH));
	MUST(chdir("/"));
	paths_cover();
	MUST(sethostname("floor", 5));
	privileges_drop();
	true_execute();
}

/* Allows everything: loading and attaching is what costs. */
static void devices_filter(int cgroup)
{
	struct bpf_insn allow[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uint64_t)(uintptr_t)allow,
		.insn_cnt = 2,
		.license = (uint64_t)(uintptr_t)"Apache-2.0",
	};
	union bpf_attr attach = {
		.target_fd = (uint32_t)cgroup,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};
	int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));

	MUST(program);
	attach.attach_bpf_fd = (uint32_t)program;
	MUST(syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)));
}

static int child_end(pid_t pid)
{
	int status;

	MUST(waitpid(pid, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(const char *id, const char *root)
{
	struct clone_args args = { .flags = NAMESPACES | CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	char path[256];
	int cgroup, status;
	pid_t pid;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/floor-%s", id);
	MUST(mkdir(path, 0755));
	MUST(cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	devices_filter(cgroup);
	args.cgroup = (uint64_t)cgroup;
	MUST(pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args)));
	if (!pid)
		container_become(root);
	status = child_end(pid);
	MUST(rmdir(path));
	return status;
}

static int exec(const char *number)
{
	int pidfd = (int)syscall(SYS_pidfd_open, strtol(number, NULL, 10), 0);
	pid_t pid;

	MUST(pidfd);
	MUST(setns(pidfd, NAMESPACES));
	MUST(pid = fork());
	if (!pid) {
		privileges_drop();
		true_execute();
	}
	return child_end(pid);
}

static void whole_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	MUST(fd);
	MUST(n = read(fd, text, size - 1));
	text[n] = 0;
	close(fd);
}

/* What a container's brief (hull/state.h) says about its process and its cgroup. */
static void places_find(const char *brief, pid_t *process, char events[600])
{
	const char *cgroup = strstr(brief, "\n/");

	MUST(cgroup ? 0 : -1);
	*process = (pid_t)strtol(brief, NULL, 10);
	snprintf(events, 600, "%.*s/cgroup.events", (int)strcspn(cgroup + 1, "\n"), cgroup + 1);
}

/* Of each container in a state directory its brief, its process, and its cgroup. */
static int list(const char *state)
{
	char text[4096], name[512], events[600];
	pid_t process = 0;
	DIR *dir = opendir(state);
	ssize_t n;

	MUST(dir ? 0 : -1);
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (*entry->d_name == '.')
			continue;
		snprintf(name, sizeof(name), "%s/brief", entry->d_name);
		MUST(n = readlinkat(dirfd(dir), name, text, sizeof(text) - 1));
		text[n] = 0;
		places_find(text, &process, events);
		MUST(kill(process, 0));
		whole_read(events, text, sizeof(text));
		puts(entry->d_name);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "run"))
		return run(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "exec"))
		return exec(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "list"))
		return list(argv[2]);
	return argc == 2 && !strcmp(argv[1], "nothing") ? 0 : 2;
}
