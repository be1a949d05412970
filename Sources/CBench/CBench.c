#define _GNU_SOURCE
#include "CBench.h"
#include "Inside.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct loop {
  atomic_int left, failure;
  char *const *argv;
  posix_spawn_file_actions_t *actions;
};

static int64_t nanoseconds(struct timeval time) {
  return (int64_t)time.tv_sec * 1000000000 + (int64_t)time.tv_usec * 1000;
}

int64_t bench_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t spent(int who) {
  struct rusage raw;
  getrusage(who, &raw);
  return nanoseconds(raw.ru_utime) + nanoseconds(raw.ru_stime);
}

int64_t bench_used(void) { return spent(RUSAGE_SELF) + spent(RUSAGE_CHILDREN); }

static void *run(void *argument) {
  struct loop *loop = argument;
  while (atomic_fetch_sub(&loop->left, 1) > 0) {
    pid_t pid;
    int status = 0;
    int code = posix_spawn(&pid, loop->argv[0], loop->actions, NULL, loop->argv, environ);
    if (code == 0) {
      while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) {
          code = errno;
          break;
        }
      if (code == 0 && status != 0) code = ECHILD;
    }
    if (code != 0) {
      atomic_store(&loop->failure, code);
      break;
    }
  }
  return NULL;
}

int bench_loop(int threads, int n, char *const argv[], char *const files[], int first, struct bench_usage *usage) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int i = 0; files && files[i]; i++) posix_spawn_file_actions_addopen(&actions, first + i, files[i], O_RDONLY, 0);
  struct loop loop = {.argv = argv, .actions = &actions};
  atomic_init(&loop.left, n);
  atomic_init(&loop.failure, 0);
  pthread_t list[64];
  if (threads < 1 || threads > 64) return EINVAL;
  int64_t start = bench_now(), before = bench_used();
  int started = 0, code = 0;
  while (started < threads && (code = pthread_create(&list[started], NULL, run, &loop)) == 0) started++;
  for (int i = 0; i < started; i++) pthread_join(list[i], NULL);
  posix_spawn_file_actions_destroy(&actions);
  usage->wall_ns = bench_now() - start;
  usage->cpu_ns = bench_used() - before;
  usage->status = 0;
  return code ? code : atomic_load(&loop.failure);
}

pid_t bench_spawn(char *const argv[], int input, int output, int error) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, error, 2);
  pid_t pid;
  int code = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  return code ? -code : pid;
}

int bench_wait(pid_t pid, struct bench_usage *usage) {
  struct rusage raw;
  while (wait4(pid, &usage->status, 0, &raw) < 0)
    if (errno != EINTR) return errno;
  usage->wall_ns = 0;
  usage->cpu_ns = nanoseconds(raw.ru_utime) + nanoseconds(raw.ru_stime);
  return 0;
}

int bench_adopt(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : errno; }

int64_t bench_reaped(void) {
  while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  return spent(RUSAGE_CHILDREN);
}

int bench_put(int folder, const char *name, const void *bytes, size_t length) {
  int file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return errno;
  ssize_t written = write(file, bytes, length);
  int code = written == (ssize_t)length ? 0 : written < 0 ? errno : EIO;
  if (close(file) < 0 && code == 0) code = errno;
  return code;
}

int bench_files(const char *path, int n, const void *bytes, size_t length, int batch, int64_t *wall_ns) {
  int64_t start = bench_now();
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return errno;
  int code = 0;
  for (int i = 1; i <= n && code == 0; i++) {
    char name[64];
    snprintf(name, sizeof name, "job-20261120T120000-%08d.json", i);
    code = bench_put(folder, name, bytes, length);
    if (code == 0 && (i % batch == 0 || i == n) && syncfs(folder) < 0) code = errno;
  }
  close(folder);
  *wall_ns = bench_now() - start;
  return code;
}

int bench_links(const char *path, int n, const char *ending, const void *bytes, size_t length) {
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return errno;
  int code = 0;
  char first[64] = "";
  for (int i = 0; i < n && code == 0; i++) {
    char name[64];
    snprintf(name, sizeof name, "old-%08d%s", i, ending);
    if (first[0] && linkat(folder, first, folder, name, 0) == 0) continue;
    if (first[0] && errno != EMLINK) {
      code = errno;
      break;
    }
    code = bench_put(folder, name, bytes, length);
    snprintf(first, sizeof first, "%s", name);
  }
  close(folder);
  return code;
}
