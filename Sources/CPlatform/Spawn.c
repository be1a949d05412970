#if defined(__linux__)
#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// What follows runs in the child until exec: in our memory, on its own stack, and while our thread goes on. So it may write
// only to `spec` and the birth note, and it may call nothing that touches errno or any other thread's variable: the child
// has ours (no CLONE_SETTLS). System calls are made bare.

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
// What ThreadSanitizer puts into each function keeps its notes by thread, and the child would be taken for ours: our thread
// waits, and nothing of this file is watched. It would also take a call of clone(2) for a fork: the other name is not its.
#define IS_WATCHED 1
#pragma clang attribute push(__attribute__((disable_sanitizer_instrumentation)), apply_to = function)
int __clone(int (*)(void *), void *, int, void *, ...);
#define clone __clone
#endif
#endif

#if !defined(IS_WATCHED) && (defined(__x86_64__) || defined(__aarch64__))
enum { child_may_run_beside_us = 1 };
#else
enum { child_may_run_beside_us = 0 };
#endif

#if defined(__x86_64__)
static inline long raw5(long number, long a, long b, long c, long d, long e) {
  long answer;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(answer)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return answer;
}
#elif defined(__aarch64__)
static inline long raw5(long number, long a, long b, long c, long d, long e) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
#else
// Elsewhere our thread waits (CLONE_VFORK), and then nobody else uses errno.
static inline long raw5(long number, long a, long b, long c, long d, long e) {
  long answer = syscall(number, a, b, c, d, e);
  return answer < 0 ? -errno : answer;
}
#endif

static inline long raw(long number, long a, long b, long c, long d) { return raw5(number, a, b, c, d, 0); }

// sigaction(2) as the kernel takes it; all zero is SIG_DFL.
struct kernel_action {
  void *handler;
  unsigned long flags;
  void *restorer;
  uint64_t mask;
};

static void fail(struct bobbin_spawn *spec, int stage, long answer) {
  spec->error = (int)-answer;
  spec->stage = stage;
  for (;;) raw(SYS_exit_group, 127, 0, 0, 0);
}

static void must(struct bobbin_spawn *spec, int stage, long answer) {
  if (answer < 0) fail(spec, stage, answer);
}

enum { most_given = 96 };

// Mounts what is given where the user that this becomes can reach it, in a mount namespace that ends with it. A copy of
// each mount is taken before: a descriptor of the old namespace is no source in the new one.
static void take_given(struct bobbin_spawn *spec) {
  int copies[most_given];
  if (spec->given_count > most_given) fail(spec, BOBBIN_STAGE_GIVEN, -E2BIG);
  for (int i = 0; i < spec->given_count; i++) {
    long copy = raw(SYS_open_tree, spec->given[i].fd, (long)"",
                    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE, 0);
    must(spec, BOBBIN_STAGE_GIVEN, copy);
    copies[i] = (int)copy;
  }
  // Copied like any other: nobody changes the one that all share.
  if (spec->small_root >= 0) must(spec, BOBBIN_STAGE_GIVEN, raw(SYS_setns, spec->small_root, CLONE_NEWNS, 0, 0));
  must(spec, BOBBIN_STAGE_GIVEN, raw(SYS_unshare, CLONE_NEWNS, 0, 0, 0));
  must(spec, BOBBIN_STAGE_GIVEN, raw5(SYS_mount, 0, (long)"/", 0, MS_REC | MS_SLAVE, 0));
  must(spec, BOBBIN_STAGE_GIVEN,
       raw5(SYS_mount, (long)"none", (long)BOBBIN_GIVEN_PLACE, (long)"tmpfs", MS_NOSUID | MS_NODEV, (long)"mode=755"));
  char place[] = BOBBIN_GIVEN_PLACE "/00";
  for (int i = 0; i < spec->given_count; i++) {
    char *digits = place + sizeof(BOBBIN_GIVEN_PLACE);
    digits[0] = (char)('0' + i / 10);
    digits[1] = (char)('0' + i % 10);
    long made = spec->given[i].is_folder ? raw(SYS_mkdirat, AT_FDCWD, (long)place, 0755, 0)
                                         : raw(SYS_openat, AT_FDCWD, (long)place, O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    must(spec, BOBBIN_STAGE_GIVEN, made);
    must(spec, BOBBIN_STAGE_GIVEN,
         raw5(SYS_move_mount, copies[i], (long)"", AT_FDCWD, (long)place, MOVE_MOUNT_F_EMPTY_PATH));
  }
}

static int become(void *argument) {
  struct bobbin_spawn *spec = argument;
  if (spec->birth) {
    struct timespec now = {0, 0};
    raw(SYS_clock_gettime, CLOCK_BOOTTIME, (long)&now, 0, 0);
    spec->birth->boottime_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    spec->birth->pid = raw(SYS_getpid, 0, 0, 0, 0);
  }
  // Itself and first of all: whatever follows belongs to the job's cgroups, and nothing of it can be outside.
  for (int i = 0; i < spec->join_count; i++)
    must(spec, BOBBIN_STAGE_JOIN, raw(SYS_write, spec->joins[i], (long)"0", 1, 0));
  must(spec, BOBBIN_STAGE_SETUP, raw(SYS_setsid, 0, 0, 0, 0));
  if (spec->given_count > 0 || spec->small_root >= 0) take_given(spec);
  if (spec->changes_user) {
    must(spec, BOBBIN_STAGE_USER, raw(SYS_setgroups, 0, 0, 0, 0));
    must(spec, BOBBIN_STAGE_USER, raw(SYS_setresgid, spec->user, spec->user, spec->user, 0));
    must(spec, BOBBIN_STAGE_USER, raw(SYS_setresuid, spec->user, spec->user, spec->user, 0));
  }
  if (spec->dies_with_parent) {
    // After the change of user, which would take it away; and our parent may have ended before.
    must(spec, BOBBIN_STAGE_SETUP, raw(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0));
    if (raw(SYS_getppid, 0, 0, 0, 0) != spec->parent) fail(spec, BOBBIN_STAGE_SETUP, -ESRCH);
  }
  struct kernel_action standard = {0};
  for (int n = 1; n <= 64; n++)
    if (spec->ignored >> (n - 1) & 1) raw(SYS_rt_sigaction, n, (long)&standard, 0, 8);
  must(spec, BOBBIN_STAGE_SETUP, raw(SYS_dup3, spec->stdin_fd, 0, 0, 0));
  must(spec, BOBBIN_STAGE_SETUP, raw(SYS_dup3, spec->stdout_fd, 1, 0, 0));
  must(spec, BOBBIN_STAGE_SETUP, raw(SYS_dup3, spec->stderr_fd, 2, 0, 0));
  if (spec->directory)
    must(spec, BOBBIN_STAGE_DIRECTORY, raw(SYS_chdir, (long)spec->directory, 0, 0, 0));
  else if (spec->directory_fd >= 0)
    must(spec, BOBBIN_STAGE_DIRECTORY, raw(SYS_fchdir, spec->directory_fd, 0, 0, 0));
  // CLOSE_RANGE_CLOEXEC; before Linux 5.11 ours are O_CLOEXEC all the same.
  raw(SYS_close_range, 3, ~0u, 4, 0);
  for (int i = 0; i < spec->kept_count; i++)
    must(spec, BOBBIN_STAGE_SETUP, raw(SYS_fcntl, spec->kept[i], F_SETFD, 0, 0));
  for (int i = 0; i < spec->limit_count; i++) {
    uint64_t limit[2] = {spec->limits[i].soft, spec->limits[i].hard};
    must(spec, BOBBIN_STAGE_LIMITS, raw(SYS_prlimit64, 0, spec->limits[i].resource, (long)limit, 0));
  }
  uint64_t none = 0;
  raw(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, 8);
  long problem = -ENOENT;
  for (const char *const *path = spec->paths; *path; path++) {
    long answer = raw(SYS_execve, (long)*path, (long)spec->argv, (long)spec->envp, 0);
    // As execvp(3): a folder of PATH without the program is passed over, a file found but not executable is remembered.
    if (answer != -ENOENT && answer != -ENOTDIR) problem = answer;
    if (answer != -ENOENT && answer != -ENOTDIR && answer != -EACCES) break;
  }
  fail(spec, BOBBIN_STAGE_EXEC, problem);
  return 127;
}

pid_t bobbin_spawn_program(struct bobbin_spawn *spec) {
  sigset_t all, before;
  sigfillset(&all);
  // No handler of ours may run in the child.
  pthread_sigmask(SIG_SETMASK, &all, &before);
  spec->error = spec->stage = 0;
  spec->before_exec = 1;
  spec->parent = getpid();
  // posix_spawn(3) and vfork(2) hold us up until exec, some 0.2 ms a program, in which a free slot could be filled.
  int waits = spec->waits || !child_may_run_beside_us ? CLONE_VFORK : 0;
  uintptr_t top = ((uintptr_t)spec->stack + spec->stack_size) & ~(uintptr_t)63;
  pid_t pid = clone(become, (void *)top, CLONE_VM | CLONE_CHILD_CLEARTID | waits | SIGCHLD, spec, NULL, NULL,
                    (void *)&spec->before_exec);
  if (pid < 0) {
    spec->error = errno;
    spec->stage = BOBBIN_STAGE_FORK;
  } else if (waits && spec->error) {
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    if (spec->birth) spec->birth->pid = 0;
    pid = -1;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return pid;
}
#if defined(IS_WATCHED)
#pragma clang attribute pop
#endif
#endif
