// Lets one system call of a program go wrong, or ends the program in its place: loaded before libc by LD_PRELOAD, so that what
// is tested is the program as it is, release builds too, and every call of it counts and not only those that it says are steps.
//
//   BOBBIN_CALL_FAULT   KINDS:WHAT@N  what happens at the Nth call of these kinds: "sync,rename:kill@3", "write:EIO@1"
//   BOBBIN_CALL_FIRED   a file that is made when it does
//   BOBBIN_CALL_COUNT   a file that says at the program's end how many calls of these kinds it made; N is 0 then
//
// KINDS: create open write sync rename link unlink mkdir times mode spawn wait signal, or "durable": all of them but open; and
// those that change nothing: read, stat (any look at a name or an open file), list (names of a folder), pipe (any descriptor
// that is no file, or a second one: pipes, memory files, epoll, signals, events, sockets, pids, dup), watch (inotify, and what
// epoll looks at), poll (waiting for any of them), lock, map.
// WHAT: kill, short (a write takes half of what it is given; one of a single byte does not count), or an error: EIO ENOSPC
// EMFILE ENOMEM EACCES EPERM EINTR.
#include "Plan.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>

static const struct { const char *name; int kinds; } kinds_by_name[] = {
  {"create", CREATE}, {"open", OPEN}, {"write", WRITE}, {"sync", SYNC}, {"rename", RENAME}, {"link", LINK},
  {"unlink", UNLINK}, {"mkdir", MKDIR}, {"times", TIMES}, {"mode", MODE}, {"spawn", SPAWN}, {"wait", WAIT},
  {"signal", SIGNAL}, {"durable", DURABLE}, {"read", READ}, {"stat", STAT}, {"list", LIST}, {"pipe", PIPE},
  {"watch", WATCH}, {"poll", POLL}, {"lock", LOCK}, {"map", MAP}};
static const struct { const char *name; int code; } errors_by_name[] = {
  {"kill", -1}, {"short", CALL_FAULT_SHORT}, {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EMFILE", EMFILE}, {"ENOMEM", ENOMEM},
  {"EACCES", EACCES}, {"EPERM", EPERM}, {"EINTR", EINTR}};

int call_fault_kinds, call_fault_what;
static long when;
static pid_t own;
static atomic_long count;
static const char *mark;

__attribute__((constructor)) static void read_plan(void) {
  const char *plan = getenv("BOBBIN_CALL_FAULT");
  mark = getenv("BOBBIN_CALL_FIRED");
  own = (pid_t)syscall(SYS_getpid);
  // What is started with this environment is none of ours: a sanitizer's symbolizer would not even start.
  unsetenv("LD_PRELOAD");
  const char *colon = plan ? strchr(plan, ':') : NULL, *at = colon ? strchr(colon, '@') : NULL;
  if (!at) return;
  for (const char *word = plan; word < colon;) {
    size_t length = strcspn(word, ",:");
    for (size_t i = 0; i < sizeof kinds_by_name / sizeof *kinds_by_name; i++)
      if (strlen(kinds_by_name[i].name) == length && !strncmp(word, kinds_by_name[i].name, length))
        call_fault_kinds |= kinds_by_name[i].kinds;
    word += length + 1;
  }
  for (size_t i = 0; i < sizeof errors_by_name / sizeof *errors_by_name; i++) {
    size_t length = strlen(errors_by_name[i].name);
    if (length == (size_t)(at - colon - 1) && !strncmp(colon + 1, errors_by_name[i].name, length))
      call_fault_what = errors_by_name[i].code;
  }
  when = strtol(at + 1, NULL, 10);
}

__attribute__((destructor)) static void tell_count(void) {
  const char *path = getenv("BOBBIN_CALL_COUNT");
  if (!path || syscall(SYS_getpid) != own) return;
  char digits[24], *first = digits + sizeof digits;
  for (long left = atomic_load(&count); left > 0 || first == digits + sizeof digits; left /= 10)
    *--first = (char)('0' + left % 10);
  int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return;
  syscall(SYS_write, fd, first, (size_t)(digits + sizeof digits - first));
  syscall(SYS_close, fd);
}

// A child before its exec has our memory, and is none of ours.
int call_fault_fires(int kind) {
  if (!(call_fault_kinds & kind) || syscall(SYS_getpid) != own) return 0;
  if (atomic_fetch_add(&count, 1) + 1 != when) return 0;
  int fd = mark ? (int)syscall(SYS_openat, AT_FDCWD, mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (fd >= 0) syscall(SYS_close, fd);
  if (call_fault_what == -1) {
    syscall(SYS_kill, own, SIGKILL);
    for (;;) pause();
  }
  return call_fault_what;
}
