// What is to go wrong, as Plan.c read it. Each function of the other files has the name of one of libc and stands before it.
#ifndef BOBBIN_CALL_FAULT_PLAN
#define BOBBIN_CALL_FAULT_PLAN
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
  CREATE = 1, OPEN = 2, WRITE = 4, SYNC = 8, RENAME = 16, LINK = 32, UNLINK = 64, MKDIR = 128, TIMES = 256, MODE = 512,
  SPAWN = 1024, WAIT = 2048, SIGNAL = 4096, DURABLE = 8191 & ~OPEN,
  READ = 8192, STAT = 16384, LIST = 32768, PIPE = 65536, WATCH = 131072, POLL = 262144, LOCK = 524288, MAP = 1048576
};

enum { CALL_FAULT_SHORT = -2 };

#pragma GCC visibility push(hidden)
extern int call_fault_kinds, call_fault_what;
// Nonzero: this call is the one, and what is to come of it: an error, or CALL_FAULT_SHORT.
int call_fault_fires(int kind);
#pragma GCC visibility pop

// Two threads may both be the first to ask for it.
#define REAL(name) ({ \
    static __typeof__(&name) kept; \
    __typeof__(&name) real = __atomic_load_n(&kept, __ATOMIC_RELAXED); \
    if (!real) { real = (__typeof__(&name))dlsym(RTLD_NEXT, #name); __atomic_store_n(&kept, real, __ATOMIC_RELAXED); } \
    real; \
  })
#define FAIL(kind, value) do { int code = call_fault_fires(kind); if (code > 0) { errno = code; return value; } } while (0)

#endif
