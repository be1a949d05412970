// macOS is kept possible, not tested: the same as Spawn.c with vfork(2), which always waits.
#if !defined(__linux__)
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Runs between vfork and exec: shares the caller's memory, so it may call only what is async-signal-safe and may write
// only to `spec` and the birth note.
static void fail(struct bobbin_spawn *spec, int stage) {
  spec->error = errno;
  spec->stage = stage;
  _exit(127);
}

static void become(struct bobbin_spawn *spec) {
  if (spec->birth) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    spec->birth->boottime_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    spec->birth->pid = getpid();
  }
  for (int i = 0; i < spec->join_count; i++)
    if (write(spec->joins[i], "0", 1) != 1) fail(spec, BOBBIN_STAGE_JOIN);
  if (setsid() < 0) fail(spec, BOBBIN_STAGE_SETUP);
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int n = 1; n < NSIG; n++)
    if (spec->ignored >> (n - 1) & 1) sigaction(n, &standard, NULL);
  if (dup2(spec->stdin_fd, 0) < 0 || dup2(spec->stdout_fd, 1) < 0 || dup2(spec->stderr_fd, 2) < 0)
    fail(spec, BOBBIN_STAGE_SETUP);
  if (spec->directory ? chdir(spec->directory) : spec->directory_fd >= 0 ? fchdir(spec->directory_fd) : 0)
    fail(spec, BOBBIN_STAGE_DIRECTORY);
  for (int i = 0; i < spec->limit_count; i++) {
    struct rlimit limit = {.rlim_cur = spec->limits[i].soft, .rlim_max = spec->limits[i].hard};
    if (setrlimit(spec->limits[i].resource, &limit)) fail(spec, BOBBIN_STAGE_LIMITS);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int problem = ENOENT;
  for (const char *const *path = spec->paths; *path; path++) {
    execve(*path, spec->argv, spec->envp);
    // As execvp(3): a folder of PATH without the program is passed over, a file found but not executable is remembered.
    if (errno != ENOENT && errno != ENOTDIR) problem = errno;
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) break;
  }
  errno = problem;
  fail(spec, BOBBIN_STAGE_EXEC);
}

pid_t bobbin_spawn_program(struct bobbin_spawn *spec) {
  sigset_t all, before;
  sigfillset(&all);
  // No handler of ours may run in the child, on our stack.
  pthread_sigmask(SIG_SETMASK, &all, &before);
  spec->error = spec->stage = 0;
  spec->before_exec = 0;
  pid_t pid = vfork();
  if (pid == 0) become(spec);
  if (pid < 0) {
    spec->error = errno;
    spec->stage = BOBBIN_STAGE_FORK;
  } else if (spec->error) {
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    if (spec->birth) spec->birth->pid = 0;
    pid = -1;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return pid;
}
#endif
