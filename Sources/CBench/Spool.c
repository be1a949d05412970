// The least that a runner does for a job which keeps its promise: what a spool costs when nothing but the kernel works on it.
#define _GNU_SOURCE
#include "CBench.h"
#include "Inside.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { most = 1 << 20 };

struct spool {
  atomic_int next, failure;
  int n, batch, inbox, processing, done;
  const void *record;
  size_t length;
  char *const *argv;
  // Numbers of jobs that ended, for the thread that syncs.
  pthread_mutex_t lock;
  pthread_cond_t more;
  int *ended, count, taken, running;
};

static void name_of(char *name, size_t size, int number, const char *ending) {
  snprintf(name, size, "j%d%s", 1000000 + number, ending);
}

static int move(int from, int to, int number, const char *ending, const char *as) {
  char old[64], new[64];
  name_of(old, sizeof old, number, ending);
  name_of(new, sizeof new, number, as);
  return renameat2(from, old, to, new, 1 /* RENAME_NOREPLACE */) < 0 ? errno : 0;
}

/// One program in a session of its own, with both its streams read to their end.
static int run_one(struct spool *spool) {
  int out[2], err[2], code;
  if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0) return errno;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t pid;
  code = posix_spawn(&pid, spool->argv[0], &actions, &attributes, spool->argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(out[1]);
  close(err[1]);
  int status = 0;
  struct rusage usage;
  if (code == 0 && wait4(pid, &status, 0, &usage) < 0) code = errno;
  char buffer[4096];
  if (code == 0) {
    while (read(out[0], buffer, sizeof buffer) > 0) continue;
    while (read(err[0], buffer, sizeof buffer) > 0) continue;
  }
  close(out[0]);
  close(err[0]);
  return code ? code : status ? ECHILD : 0;
}

static void *slot(void *argument) {
  struct spool *spool = argument;
  int number;
  while (!atomic_load(&spool->failure) && (number = atomic_fetch_add(&spool->next, 1)) <= spool->n) {
    int code = move(spool->inbox, spool->processing, number, ".json", ".json");
    if (code == 0) code = run_one(spool);
    if (code) {
      atomic_store(&spool->failure, code);
      break;
    }
    pthread_mutex_lock(&spool->lock);
    spool->ended[spool->count++] = number;
    if (spool->count - spool->taken == spool->batch) pthread_cond_signal(&spool->more);
    pthread_mutex_unlock(&spool->lock);
  }
  pthread_mutex_lock(&spool->lock);
  spool->running--;
  pthread_cond_signal(&spool->more);
  pthread_mutex_unlock(&spool->lock);
  return NULL;
}

/// Records of a batch, one sync for all, then the renames by which they show.
static int settle(struct spool *spool, const int *numbers, int count) {
  int code = 0;
  for (int i = 0; i < count && code == 0; i++) {
    char name[64];
    name_of(name, sizeof name, numbers[i], ".run.json");
    code = bench_put(spool->processing, name, spool->record, spool->length);
  }
  if (code == 0 && syncfs(spool->processing) < 0) code = errno;
  for (int i = 0; i < count && code == 0; i++) {
    code = move(spool->processing, spool->done, numbers[i], ".run.json", ".result.json");
    if (code == 0) code = move(spool->processing, spool->done, numbers[i], ".json", ".json");
  }
  return code;
}

static void *syncer(void *argument) {
  struct spool *spool = argument;
  for (;;) {
    pthread_mutex_lock(&spool->lock);
    while (spool->running > 0 && spool->count - spool->taken < spool->batch)
      pthread_cond_wait(&spool->more, &spool->lock);
    int first = spool->taken, count = spool->count - first;
    spool->taken = spool->count;
    int isOver = spool->running == 0;
    pthread_mutex_unlock(&spool->lock);
    int code = count ? settle(spool, spool->ended + first, count) : 0;
    if (code) atomic_store(&spool->failure, code);
    if (code || (isOver && count == 0)) return NULL;
  }
}

int bench_spool(const int folders[3], int threads, int n, int batch, char *const argv[], const void *record,
                size_t length, struct bench_usage *usage) {
  static int ended[most];
  if (threads < 1 || threads > 64 || n > most) return EINVAL;
  struct spool spool = {.n = n, .batch = batch, .inbox = folders[0], .processing = folders[1], .done = folders[2],
                        .record = record, .length = length, .argv = argv, .ended = ended, .running = threads,
                        .lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};
  atomic_init(&spool.next, 1);
  atomic_init(&spool.failure, 0);
  pthread_t list[65];
  int64_t start = bench_now(), before = bench_used();
  int started = 0, code = pthread_create(&list[threads], NULL, syncer, &spool);
  if (code) return code;
  while (started < threads && (code = pthread_create(&list[started], NULL, slot, &spool)) == 0) started++;
  if (code) {
    pthread_mutex_lock(&spool.lock);
    spool.running -= threads - started;
    pthread_mutex_unlock(&spool.lock);
    atomic_store(&spool.failure, code);
  }
  for (int i = 0; i < started; i++) pthread_join(list[i], NULL);
  pthread_join(list[threads], NULL);
  usage->wall_ns = bench_now() - start;
  usage->cpu_ns = bench_used() - before;
  usage->status = 0;
  return atomic_load(&spool.failure);
}
