// The first process of a sandbox, as code that stands on its own: no libc, no data, no relocation. It is copied out of
// this program into a file of a few kilobytes (InitProgram.swift), so that it starts in a root without any library, in a
// fraction of a millisecond, and cannot be forgotten when somebody copies `bobbin`.
//
// What keeps it self-contained: every function in one section and not optimised (the compiler adds no call of memset, no
// table, no constant elsewhere), no string, no switch, no array or struct with an initialiser.
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define ALONE                                                                                                \
  static __attribute__((section("bobbin_init"), used, noinline, optnone, no_stack_protector, no_sanitize("all"), \
                        no_profile_instrument_function))

#if defined(__x86_64__)
__asm__(".pushsection bobbin_init,\"ax\",@progbits\n"
        ".globl bobbin_init_entry\n.hidden bobbin_init_entry\n"
        "bobbin_init_entry:\n"
        "xorl %ebp, %ebp\nmovq %rsp, %rdi\nandq $-16, %rsp\ncall bobbin_init_main\nhlt\n"
        ".popsection\n");

ALONE long sys(long number, long a, long b, long c, long d, long e, long f) {
  long answer;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(answer)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return answer;
}
#else
__asm__(".pushsection bobbin_init,\"ax\",@progbits\n"
        ".globl bobbin_init_entry\n.hidden bobbin_init_entry\n"
        "bobbin_init_entry:\n"
        "mov x29, xzr\nmov x30, xzr\nmov x0, sp\nbl bobbin_init_main\nbrk #0\n"
        ".popsection\n");

ALONE long sys(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
#endif

// The launch file: these numbers, then for each limit resource, soft and hard, then the strings, each with its NUL: paths,
// arguments, environment. LaunchFile.swift writes it.
enum { STATUS, INPUT, OUTPUT, ERROR, GRACE, LIMITS, PATHS, ARGUMENTS, ENVIRONMENT, HEADER };
// What is written to STATUS: four numbers at a time, the first says what they are. InitReport.swift reads it.
enum { NOT_EXECUTED = 1, ENDED = 2, OVER = 3 };

ALONE void report(long status, int64_t kind, int64_t a, int64_t b, int64_t c) {
  int64_t record[4];
  record[0] = kind;
  record[1] = a;
  record[2] = b;
  record[3] = c;
  sys(SYS_write, status, (long)record, sizeof record, 0, 0, 0);
}

ALONE void leave(long code) {
  for (;;) sys(SYS_exit_group, code, 0, 0, 0, 0, 0);
}

ALONE int64_t milliseconds(void) {
  struct timespec now;
  sys(SYS_clock_gettime, CLOCK_BOOTTIME, (long)&now, 0, 0, 0, 0);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Puts a list of strings where execve(2) takes it. Answers the string after them.
ALONE char *collect(char *text, int64_t count, char **list) {
  for (int64_t i = 0; i < count; i++) {
    list[i] = text;
    while (*text) text++;
    text++;
  }
  list[count] = 0;
  return text;
}

// The child: becomes the job.
ALONE void become(int64_t *launch, char **paths, char **arguments, char **environment) {
  // A session of its own: a group that it shared with the processes outside could be signalled from within by kill(0).
  sys(SYS_setsid, 0, 0, 0, 0, 0, 0);
  sys(SYS_dup3, launch[INPUT], 0, 0, 0, 0, 0);
  sys(SYS_dup3, launch[OUTPUT], 1, 0, 0, 0, 0);
  sys(SYS_dup3, launch[ERROR], 2, 0, 0, 0, 0);
  // CLOSE_RANGE_CLOEXEC, Linux 5.11; before, one by one.
  if (sys(SYS_close_range, 3, ~0u, 4, 0, 0, 0) < 0)
    for (int fd = 3; fd < 1024; fd++) sys(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC, 0, 0, 0);
  long problem = 0;
  for (int64_t i = 0; i < launch[LIMITS]; i++) {
    int64_t *limit = launch + HEADER + i * 3;
    long answer = sys(SYS_prlimit64, 0, limit[0], (long)(limit + 1), 0, 0, 0);
    if (answer < 0) problem = answer;
  }
  if (problem < 0) {
    report(launch[STATUS], NOT_EXECUTED, BOBBIN_STAGE_LIMITS, -problem, 0);
    leave(127);
  }
  uint64_t none = 0;
  sys(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, 8, 0, 0);
  problem = -ENOENT;
  for (char **path = paths; *path; path++) {
    long answer = sys(SYS_execve, (long)*path, (long)arguments, (long)environment, 0, 0, 0);
    // As execvp(3).
    if (answer != -ENOENT && answer != -ENOTDIR) problem = answer;
    if (answer != -ENOENT && answer != -ENOTDIR && answer != -EACCES) break;
  }
  report(launch[STATUS], NOT_EXECUTED, BOBBIN_STAGE_EXEC, -problem, 0);
  leave(127);
}

// How many processes there are beside this one, zombies among them.
ALONE int64_t others(void) {
  char proc[6];
  proc[0] = '/';
  proc[1] = 'p';
  proc[2] = 'r';
  proc[3] = 'o';
  proc[4] = 'c';
  proc[5] = 0;
  long folder = sys(SYS_openat, AT_FDCWD, (long)proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0, 0);
  if (folder < 0) return 1;
  int64_t count = 0;
  char entries[4096];
  for (;;) {
    long size = sys(SYS_getdents64, folder, (long)entries, sizeof entries, 0, 0, 0);
    if (size <= 0) break;
    for (long at = 0; at < size; at += *(uint16_t *)(entries + at + 16)) {
      char *name = entries + at + 19;
      if (name[0] >= '0' && name[0] <= '9' && (name[0] != '1' || name[1] != 0)) count++;
    }
  }
  sys(SYS_close, folder, 0, 0, 0, 0, 0);
  return count;
}

ALONE void over(long status, int64_t left) {
  struct rusage usage;
  sys(SYS_getrusage, RUSAGE_CHILDREN, (long)&usage, 0, 0, 0, 0);
  int64_t time = ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
                 usage.ru_stime.tv_usec;
  report(status, OVER, left, time, usage.ru_maxrss);
  // The kernel ends what is still there with the first process of a pid namespace.
  leave(0);
}

__attribute__((section("bobbin_init"), used, noinline, optnone, no_stack_protector, no_sanitize("all"),
               no_profile_instrument_function, visibility("hidden"))) void
bobbin_init_main(long *stack);

void bobbin_init_main(long *stack) {
  // Nobody within looks into this process: it has the runner's descriptors and the job's whole environment.
  sys(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0, 0);
  sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0);
  // Blocked and waited for: a first process gets no signal that it has left at its default.
  uint64_t all = ~0ul;
  sys(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, 0, 8, 0, 0);

  long file = 0;
  for (char *digit = (char *)stack[2]; *digit; digit++) file = file * 10 + (*digit - '0');
  long size = sys(SYS_lseek, file, 0, SEEK_END, 0, 0, 0);
  int64_t *launch = (int64_t *)sys(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  int64_t strings = launch[PATHS] + launch[ARGUMENTS] + launch[ENVIRONMENT] + 3;
  char **paths =
      (char **)sys(SYS_mmap, 0, strings * (long)sizeof(char *), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if ((long)launch < 0 && (long)launch > -4096) leave(70);
  if ((long)paths < 0 && (long)paths > -4096) leave(70);
  char **arguments = paths + launch[PATHS] + 1;
  char **environment = arguments + launch[ARGUMENTS] + 1;
  char *text = (char *)(launch + HEADER + launch[LIMITS] * 3);
  text = collect(text, launch[PATHS], paths);
  text = collect(text, launch[ARGUMENTS], arguments);
  text = collect(text, launch[ENVIRONMENT], environment);
  long status = launch[STATUS];

  // The runner may have ended before PR_SET_PDEATHSIG: then nobody reads the report.
  struct pollfd reader;
  reader.fd = (int)status;
  reader.events = 0;
  reader.revents = 0;
  struct timespec now;
  now.tv_sec = 0;
  now.tv_nsec = 0;
  sys(SYS_ppoll, (long)&reader, 1, (long)&now, 0, 8, 0);
  if (reader.revents & POLLERR) leave(70);

  long job = sys(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0);
  if (job == 0) become(launch, paths, arguments, environment);
  if (job < 0) {
    report(status, NOT_EXECUTED, BOBBIN_STAGE_FORK, -job, 0);
    leave(70);
  }
  // Only the job's processes hold its streams.
  sys(SYS_close, launch[INPUT], 0, 0, 0, 0, 0);
  sys(SYS_close, launch[OUTPUT], 0, 0, 0, 0, 0);
  sys(SYS_close, launch[ERROR], 0, 0, 0, 0, 0);

  int was_told = 0;
  int has_ended = 0;
  int64_t left = 0;
  int64_t end = 0;
  for (;;) {
    for (;;) {
      // Here too: who forks faster than we reap would never let us out.
      if (end && milliseconds() >= end) over(status, left);
      int how = 0;
      long ended = sys(SYS_wait4, -1, (long)&how, WNOHANG | __WALL, 0, 0, 0);
      if (ended == -ECHILD && has_ended) over(status, left);
      if (ended <= 0) break;
      if (ended != job || has_ended) continue;
      has_ended = 1;
      report(status, ENDED, how, 0, 0);
      int64_t living = others();
      if (living == 0) over(status, 0);
      // Always: whether we were told can be made up within, and then nobody else would end what is left.
      end = milliseconds() + launch[GRACE];
      if (!was_told) {
        left = living;
        sys(SYS_kill, -1, SIGTERM, 0, 0, 0, 0);
        sys(SYS_kill, -1, SIGCONT, 0, 0, 0, 0);
      }
    }
    struct timespec wait;
    wait.tv_sec = 0;
    wait.tv_nsec = 0;
    if (end) {
      int64_t rest = end - milliseconds();
      if (rest <= 0) over(status, left);
      wait.tv_sec = rest / 1000;
      wait.tv_nsec = rest % 1000 * 1000000;
    }
    int64_t info[16];
    long signal = sys(SYS_rt_sigtimedwait, (long)&all, (long)info, end ? (long)&wait : 0, 8, 0, 0);
    if (signal <= 0 || signal == SIGCHLD) continue;
    // si_code and si_pid, SI_USER and 0 for whoever is outside: what the job sends to us concerns nobody.
    if ((int)info[1] != SI_USER || (int)info[2] != 0) continue;
    if (signal != SIGTERM && signal != SIGINT && signal != SIGHUP && signal != SIGQUIT && signal != SIGUSR1 &&
        signal != SIGUSR2)
      continue;
    if (signal == SIGTERM) was_told = 1;
    sys(SYS_kill, -1, signal, 0, 0, 0, 0);
    // A stopped process takes it only when it goes on.
    sys(SYS_kill, -1, SIGCONT, 0, 0, 0, 0);
  }
}

extern const char bobbin_init_entry[], __start_bobbin_init[], __stop_bobbin_init[];

struct bobbin_code bobbin_init_code(void) {
  struct bobbin_code code = {.start = __start_bobbin_init,
                             .size = (size_t)(__stop_bobbin_init - __start_bobbin_init),
                             .entry = (size_t)(bobbin_init_entry - __start_bobbin_init)};
  return code;
}
#elif defined(__linux__)
#include "CPlatform.h"

struct bobbin_code bobbin_init_code(void) {
  struct bobbin_code code = {0, 0, 0};
  return code;
}
#endif
