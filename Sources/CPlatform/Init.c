// The first process of a sandbox, as code that stands on its own: no libc, no data, no relocation. It is copied out of
// this program into a file of a few kilobytes (InitProgram.swift), so that it starts in a root without any library, in a
// fraction of a millisecond, and cannot be forgotten when somebody copies `bobbin`.
//
// What keeps it self-contained: every function in one section and not optimised (the compiler adds no call of memset, no
// table, no constant elsewhere), no string, no switch, no array or struct with an initialiser.
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include "Init.h"

#if defined(__x86_64__)
__asm__(".pushsection bobbin_init,\"ax\",@progbits\n"
        ".globl bobbin_init_entry\n.hidden bobbin_init_entry\n"
        "bobbin_init_entry:\n"
        "xorl %ebp, %ebp\nmovq %rsp, %rdi\nandq $-16, %rsp\ncall bobbin_init_main\nhlt\n"
        ".popsection\n");
#else
__asm__(".pushsection bobbin_init,\"ax\",@progbits\n"
        ".globl bobbin_init_entry\n.hidden bobbin_init_entry\n"
        "bobbin_init_entry:\n"
        "mov x29, xzr\nmov x30, xzr\nmov x0, sp\nbl bobbin_init_main\nbrk #0\n"
        ".popsection\n");
#endif

SHARED void bobbin_init_main(long *stack);

void bobbin_init_main(long *stack) {
  // Nobody within looks into this process: it has the runner's descriptors and the job's whole environment.
  bobbin_init_sys(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0, 0);
  // Blocked and waited for: a first process gets no signal that it has left at its default.
  uint64_t all = ~0ul;
  bobbin_init_sys(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, 0, 8, 0, 0);
  struct life life;
  life.link = -1;
  life.signals = bobbin_init_sys(SYS_signalfd4, -1, (long)&all, 8, O_CLOEXEC | O_NONBLOCK, 0, 0);
  if (life.signals < 0) bobbin_init_leave(70);
  char *argument = (char *)stack[2];
  if (argument[0] == '/') bobbin_init_serve(&life, argument);

  // The parent of a container's first process is the engine's, which has nothing to do with us.
  bobbin_init_sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0);
  long file = 0;
  for (char *digit = argument; *digit; digit++) file = file * 10 + (*digit - '0');
  if (!bobbin_init_take(&life, file)) bobbin_init_leave(70);
  life.status = life.launch[STATUS];
  // The runner may have ended before PR_SET_PDEATHSIG: then nobody reads the report.
  struct pollfd reader;
  reader.fd = (int)life.status;
  reader.events = 0;
  reader.revents = 0;
  struct timespec now;
  now.tv_sec = 0;
  now.tv_nsec = 0;
  bobbin_init_sys(SYS_ppoll, (long)&reader, 1, (long)&now, 0, 8, 0);
  if (reader.revents & POLLERR) bobbin_init_leave(70);
  bobbin_init_live(&life);
  // The kernel ends what is still there with the first process of a pid namespace.
  bobbin_init_over(&life);
  bobbin_init_leave(0);
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
