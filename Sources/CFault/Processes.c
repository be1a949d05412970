// Calls that start, signal and wait for processes, and all that goes by syscall(2).
#include "Plan.h"

#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

int waitid(idtype_t type, id_t id, siginfo_t *info, int options) { FAIL(WAIT, -1); return REAL(waitid)(type, id, info, options); }
pid_t waitpid(pid_t pid, int *status, int options) { FAIL(WAIT, -1); return REAL(waitpid)(pid, status, options); }
pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage) {
  FAIL(WAIT, -1);
  return REAL(wait4)(pid, status, options, usage);
}

int clone(int (*body)(void *), void *stack, int flags, void *argument, ...) {
  va_list rest;
  va_start(rest, argument);
  void *parent = va_arg(rest, void *), *tls = va_arg(rest, void *), *child = va_arg(rest, void *);
  va_end(rest);
  FAIL(SPAWN, -1);
  return REAL(clone)(body, stack, flags, argument, parent, tls, child);
}

int kill(pid_t pid, int number) { FAIL(SIGNAL, -1); return REAL(kill)(pid, number); }

// What libc has no function for, or the program does not call by it.
long syscall(long number, ...) {
  va_list rest;
  va_start(rest, number);
  long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long), d = va_arg(rest, long),
       e = va_arg(rest, long), f = va_arg(rest, long);
  va_end(rest);
  int kind = 0;
  if (call_fault_kinds) {
    switch (number) {
    case SYS_renameat2: kind = RENAME; break;
    case SYS_syncfs: kind = SYNC; break;
    case SYS_getdents64: kind = LIST; break;
    case SYS_memfd_create: case SYS_pidfd_open: kind = PIPE; break;
    case SYS_pidfd_send_signal: kind = SIGNAL; break;
    case SYS_statx: kind = STAT; break;
#ifdef SYS_openat2
    case SYS_openat2: kind = *(unsigned long *)c & O_CREAT ? CREATE : OPEN; break;
#endif
    case SYS_clone:
#ifdef SYS_clone3
    case SYS_clone3:
#endif
      kind = SPAWN;
      break;
    }
    if (kind) FAIL(kind, -1);
  }
  return REAL(syscall)(number, a, b, c, d, e, f);
}
