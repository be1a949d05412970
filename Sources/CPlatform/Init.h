// What the files of the first process of a sandbox or box share: Init.c has the words about it.
#if !defined(BOBBIN_INIT_H)
#define BOBBIN_INIT_H
#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <linux/stat.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

// In one section, and not optimised: Init.c says why. SHARED is seen by the other files, and by nobody else.
#define PLACED \
  __attribute__((section("bobbin_init"), used, noinline, optnone, no_stack_protector, no_sanitize("all"), \
                 no_profile_instrument_function))
#define ALONE static PLACED
#define SHARED __attribute__((visibility("hidden"))) PLACED

// What is run: these numbers, then for each limit resource, soft and hard, then the strings, each with its NUL: paths,
// arguments, environment, and of a box what is mounted, what is cleared and what has to be empty. LaunchFile.swift writes it.
enum {
  STATUS, INPUT, OUTPUT, ERROR, LEFTOVER_GRACE, GRACE, LIMITS, PATHS, ARGUMENTS, ENVIRONMENT, MOUNTED, CLEARED, EMPTY, HEADER
};
// What is written to STATUS: four numbers at a time, the first says what they are. InitReport.swift reads it.
enum { NOT_EXECUTED = 1, ENDED = 2, OVER = 3, MOUNT = 4, STARTED = 5, CLEAN = 6 };
// What a box is told, Box.swift: two numbers at a time. RUN brings the launch file and the three streams.
enum { RUN = 1, GO = 2, SIGNAL = 3, LEAVE = 4 };
// Of a box: how long it takes at most until all that a job left is gone, and how deep a tree it clears.
enum { ENDING = 2000, DEEPEST = 200 };
// What the first process is itself, which its jobs inherit: a soft and a hard limit for each resource, sched_attr(2) of seven
// words, the processors of a machine with up to 1,024, and ioprio_get(2).
enum { RESOURCES = 16, SCHEDULING = 2 * RESOURCES, PROCESSORS = SCHEDULING + 7, INPUT_PRIORITY = PROCESSORS + 16, OWN };

// One run: what is told to us and what we know of it.
struct life {
  int64_t *launch;
  char **paths, **arguments, **environment, **mounted, **cleared, **empty;
  long status;
  long signals;  // signalfd(2)
  long link;     // a box's socket; -1: a sandbox for one job
  long size, strings_size;  // of what is mapped for it
  int64_t time, memory, left;
  uint64_t own[OWN];  // as a box's first process was before its first job
};


// InitSystem.c
long bobbin_init_sys(long number, long a, long b, long c, long d, long e, long f) __attribute__((visibility("hidden")));
void bobbin_init_report(long status, int64_t kind, int64_t a, int64_t b, int64_t c) __attribute__((visibility("hidden")));
void bobbin_init_leave(long code) __attribute__((visibility("hidden")));
int bobbin_init_failed(long answer) __attribute__((visibility("hidden")));
int64_t bobbin_init_milliseconds(void) __attribute__((visibility("hidden")));
int64_t bobbin_init_others(void) __attribute__((visibility("hidden")));
void bobbin_init_pass(long signal) __attribute__((visibility("hidden")));

// InitJob.c
int bobbin_init_take(struct life *life, long file) __attribute__((visibility("hidden")));
int bobbin_init_live(struct life *life) __attribute__((visibility("hidden")));
void bobbin_init_over(struct life *life) __attribute__((visibility("hidden")));
void bobbin_init_await(struct life *life, int64_t time) __attribute__((visibility("hidden")));
long bobbin_init_signalled(struct life *life) __attribute__((visibility("hidden")));

// InitClean.c
void bobbin_init_look(uint64_t *own) __attribute__((visibility("hidden")));
int bobbin_init_is_clean(struct life *life) __attribute__((visibility("hidden")));

// InitBox.c
long bobbin_init_hear(long link, int64_t *value, int64_t *files) __attribute__((visibility("hidden")));
void bobbin_init_serve(struct life *life, char *path) __attribute__((visibility("hidden")));
#endif
