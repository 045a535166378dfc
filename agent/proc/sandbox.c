/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sched.h>
#include <seccomp.h>

/* linux/landlock.h, by the ABI that brought them */
#define FS_READ_FILE (1ULL << 2)
#define FS_READ_DIR (1ULL << 3)
#define FS_ABI1 ((1ULL << 13) - 1)
#define FS_REFER (1ULL << 13)		/* ABI 2 */
#define FS_TRUNCATE (1ULL << 14)	/* ABI 3 */
#define FS_IOCTL_DEV (1ULL << 15)	/* ABI 5 */
#define NET_BIND_TCP (1ULL << 0)	/* ABI 4 */
#define NET_CONNECT_TCP (1ULL << 1)
#define SCOPE_ALL 3ULL			/* ABI 6: abstract sockets, signals */

struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

static int landlock_abi(void)
{
	long v = syscall(SYS_landlock_create_ruleset, NULL, 0,
			 LANDLOCK_CREATE_RULESET_VERSION);

	return v < 0 ? 0 : (int)v;
}

static uint64_t handled_fs(int abi)
{
	return FS_ABI1 | (abi >= 2 ? FS_REFER : 0) |
	       (abi >= 3 ? FS_TRUNCATE : 0) | (abi >= 5 ? FS_IOCTL_DEV : 0);
}

static int allow_path(int ruleset, const struct sandbox_path *p, int abi)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = FS_READ_FILE | FS_READ_DIR,
		.parent_fd = open(p->path, O_PATH | O_CLOEXEC),
	};
	int r = 0;

	if (rule.parent_fd < 0)
		return 0;
	if (p->access == SANDBOX_WRITE)
		rule.allowed_access = handled_fs(abi) & ~1ULL; /* no execute */
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		    &rule, 0) < 0) {
		/* a single file takes no rights of directories */
		rule.allowed_access &= FS_READ_FILE | FS_TRUNCATE | 2ULL;
		if (syscall(SYS_landlock_add_rule, ruleset,
			    LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
			r = -errno;
	}
	close(rule.parent_fd);
	return r;
}

static int enter_landlock(const struct sandbox *s)
{
	int abi = landlock_abi(), fd, r = 0;
	struct ruleset_attr attr = {.handled_access_fs = handled_fs(abi)};
	size_t size = sizeof(attr.handled_access_fs);

	if (abi == 0)
		return 0;
	if (abi >= 4) {
		attr.handled_access_net = NET_BIND_TCP |
					  (s->network ? 0 : NET_CONNECT_TCP);
		size += sizeof(attr.handled_access_net);
	}
	if (abi >= 6) {
		attr.scoped = SCOPE_ALL;
		size += sizeof(attr.scoped);
	}
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (fd < 0)
		return -errno;
	for (const struct sandbox_path *p = s->paths; p && p->path && r == 0;
	     p++)
		r = allow_path(fd, p, abi);
	if (r == 0 && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		r = -errno;
	close(fd);
	return r;
}

#define READS (1ULL << CAP_DAC_READ_SEARCH)
#define OVERRIDES (1ULL << CAP_DAC_OVERRIDE)

/* A container's root often has the latter alone.  It reads as well, and what it
 * could write Landlock takes; all of that since ABI 3. */
static uint64_t reading(uint64_t permitted)
{
	if (!(permitted & READS) && landlock_abi() >= 3 &&
	    prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0)
		return permitted & OVERRIDES;
	return permitted & READS;
}

static int permitted(uint64_t *ret)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct now[2] = {{0}};

	if (syscall(SYS_capget, &header, now) < 0)
		return -errno;
	*ret = now[0].permitted | (uint64_t)now[1].permitted << 32;
	return 0;
}

bool sandbox_reads_all(void)
{
	uint64_t has = 0;

	return geteuid() == 0 && permitted(&has) == 0 && reading(has) != 0;
}

static int set_capabilities(const struct sandbox *s)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct next[2] = {{0}};
	uint64_t has = 0, keep = 0;
	int r = permitted(&has);

	if (r < 0)
		return r;
	keep = has & s->capabilities;
	/* connect, setxattr and utimensat are no matter of Landlock's: the list
	 * of system calls has to leave them out */
	if ((s->capabilities & READS) && !s->sees_processes && s->syscalls)
		keep |= reading(has);
	for (int i = 0; i < 2; i++) {
		next[i].permitted = (uint32_t)(keep >> (32 * i));
		next[i].effective = next[i].permitted;
	}
	return syscall(SYS_capset, &header, next) < 0 ? -errno : 0;
}

/* Root gives up its user too; the capabilities that are kept survive that. */
static int become(uid_t uid, gid_t gid)
{
	if (geteuid() != 0 || uid == 0)
		return 0;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return -errno;
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		return -errno;
	return 0;
}

/* The sanitizers' runtime makes system calls of its own. */
#ifdef CW_SANITIZED
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

/* What no role ever needs, whatever else it does. */
static const char *const never[] = {
	"execve", "execveat", "ptrace", "process_vm_readv",
	"process_vm_writev", "mount", "umount2", "pivot_root", "chroot",
	"setns", "unshare", "init_module", "finit_module", "delete_module",
	"kexec_load", "kexec_file_load", "bpf", "perf_event_open",
	"userfaultfd", "keyctl", "add_key", "request_key", "reboot", "swapon",
	"swapoff", "settimeofday", "clock_settime", "adjtimex", "sethostname",
	"setdomainname", "mknod", "mknodat", "io_uring_setup", "quotactl",
	"acct", "listen", "accept", "accept4", "open_by_handle_at", NULL,
};

/* Allowed in one form only: signals to this process, threads but no children.
 * libc falls back from clone3, whose arguments no filter can see, to clone. */
static int allow_narrowly(scmp_filter_ctx ctx)
{
	uint64_t self = (uint64_t)getpid();
	/* the last argument is of masked comparisons only */
	int r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				 SCMP_A0(SCMP_CMP_EQ, self, 0));

	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				     SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD,
					     CLONE_THREAD));
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
				     SCMP_SYS(clone3), 0);
	return r;
}

static int enter_seccomp(const char *const *allowed)
{
	uint32_t refuse = SCMP_ACT_ERRNO(EPERM);
	scmp_filter_ctx ctx = seccomp_init(allowed ? refuse : SCMP_ACT_ALLOW);
	uint32_t action = allowed ? SCMP_ACT_ALLOW : refuse;
	int r = ctx ? 0 : -ENOMEM;

	if (allowed && r == 0)
		r = allow_narrowly(ctx);
	if (!allowed)
		allowed = never;
	for (size_t i = 0; r == 0 && allowed[i]; i++) {
		int nr = seccomp_syscall_resolve_name(allowed[i]);

		/* a name that this architecture or libseccomp lacks */
		if (nr == __NR_SCMP_ERROR)
			continue;
		r = seccomp_rule_add(ctx, action, nr, 0);
	}
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	/* a kernel without seccomp: said by sandbox_notes() */
	return r == -EINVAL || r == -ENOSYS ? 0 : r;
}

int sandbox_enter(const struct sandbox *s, uid_t uid, gid_t gid)
{
	struct rlimit none = {0, 0};
	int r;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	/* no secret in a core file; not to be traced by others of this user */
	setrlimit(RLIMIT_CORE, &none);
	r = become(uid, gid);
	if (r == 0)
		r = set_capabilities(s);
	if (r == 0 && !s->sees_processes)
		r = enter_landlock(s);
	/* the change of user cleared both */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (r == 0 && !sanitized)
		r = enter_seccomp(s->syscalls);
	return r;
}

void sandbox_notes(struct buf *lines)
{
	int abi = landlock_abi();

	if (abi == 0)
		buf_adds(lines, "kernel without Landlock: roles are confined "
				"by user, capabilities and seccomp alone\n");
	else if (abi < 4)
		buf_addf(lines, "Landlock ABI %d: TCP is not confined by it\n",
			 abi);
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
		buf_adds(lines, "kernel without seccomp: system calls are not "
				"confined\n");
	if (sanitized)
		buf_adds(lines, "built with sanitizers: without seccomp\n");
}
