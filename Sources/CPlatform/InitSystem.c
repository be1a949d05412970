#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include "Init.h"

// System calls without libc, and what is said to those outside.

#if defined(__x86_64__)
SHARED long bobbin_init_sys(long number, long a, long b, long c, long d, long e, long f) {
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
SHARED long bobbin_init_sys(long number, long a, long b, long c, long d, long e, long f) {
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

SHARED void bobbin_init_report(long status, int64_t kind, int64_t a, int64_t b, int64_t c) {
  int64_t record[4];
  record[0] = kind;
  record[1] = a;
  record[2] = b;
  record[3] = c;
  bobbin_init_sys(SYS_write, status, (long)record, sizeof record, 0, 0, 0);
}

SHARED void bobbin_init_leave(long code) {
  for (;;) bobbin_init_sys(SYS_exit_group, code, 0, 0, 0, 0, 0);
}

SHARED int bobbin_init_failed(long answer) { return answer < 0 && answer > -4096; }

SHARED int64_t bobbin_init_milliseconds(void) {
  struct timespec now;
  bobbin_init_sys(SYS_clock_gettime, CLOCK_BOOTTIME, (long)&now, 0, 0, 0, 0);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// How many processes there are beside this one, zombies among them.
SHARED int64_t bobbin_init_others(void) {
  char proc[6];
  proc[0] = '/';
  proc[1] = 'p';
  proc[2] = 'r';
  proc[3] = 'o';
  proc[4] = 'c';
  proc[5] = 0;
  long folder = bobbin_init_sys(SYS_openat, AT_FDCWD, (long)proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0, 0);
  if (folder < 0) return 1;
  int64_t count = 0;
  char entries[4096];
  for (;;) {
    long size = bobbin_init_sys(SYS_getdents64, folder, (long)entries, sizeof entries, 0, 0, 0);
    if (size <= 0) break;
    for (long at = 0; at < size; at += *(uint16_t *)(entries + at + 16)) {
      char *name = entries + at + 19;
      if (name[0] >= '0' && name[0] <= '9' && (name[0] != '1' || name[1] != 0)) count++;
    }
  }
  bobbin_init_sys(SYS_close, folder, 0, 0, 0, 0, 0);
  return count;
}

SHARED void bobbin_init_pass(long signal) {
  bobbin_init_sys(SYS_kill, -1, signal, 0, 0, 0, 0);
  // A stopped process takes it only when it goes on.
  if (signal != SIGKILL) bobbin_init_sys(SYS_kill, -1, SIGCONT, 0, 0, 0, 0);
}
#endif
