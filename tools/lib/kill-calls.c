// Preloaded into a process: ends it with SIGKILL at its Nth call that could change a registry.
//
//   HEARTH_KILL_AT=N        the call before which the process is killed; 0 or unset: none
//   HEARTH_KILL_COUNT=PATH  where the number of calls and their names are written when it ends well
//
// Counted are the calls into LMDB and the writes, syncs and truncations below it. A write of more
// than a page is counted twice: killed before it, and killed with its first half, in whole pages,
// written, as a kill in the middle of it leaves the file.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <lmdb.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const size_t page_size = 4096;
static atomic_long call_count;
static long kill_at;

enum { name_count_max = 64 };
static struct {
  _Atomic(const char *) name;
  atomic_long count;
} tally[name_count_max];

__attribute__((constructor)) static void start(void) {
  const char *text = getenv("HEARTH_KILL_AT");
  kill_at = text ? atol(text) : 0;
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("HEARTH_KILL_COUNT");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  fprintf(file, "%ld\n", atomic_load(&call_count));
  for (int i = 0; i < name_count_max && atomic_load(&tally[i].name); i++)
    fprintf(file, "%s %ld\n", atomic_load(&tally[i].name), atomic_load(&tally[i].count));
  fclose(file);
}

static void add(const char *name) {
  for (int i = 0; i < name_count_max; i++) {
    const char *none = NULL;
    if (atomic_load(&tally[i].name) == name ||
        atomic_compare_exchange_strong(&tally[i].name, &none, name) || none == name) {
      atomic_fetch_add(&tally[i].count, 1);
      return;
    }
  }
}

static int reached(const char *name) {
  add(name);
  return atomic_fetch_add(&call_count, 1) + 1 == kill_at;
}

static void die(void) {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

static void count(const char *name) {
  if (reached(name)) die();
}

// The function that this one stands before.
static void *behind(const char *name) {
  void *function = dlsym(RTLD_NEXT, name);
  if (!function) abort();
  return function;
}

#define CALL(result, name, parameters, arguments)                                                \
  result name parameters {                                                                       \
    static result(*next) parameters;                                                             \
    if (!next) next = (result(*) parameters)behind(#name);                                       \
    count(#name);                                                                                \
    return next arguments;                                                                       \
  }

CALL(int, mdb_env_create, (MDB_env * *e), (e))
CALL(int, mdb_env_open, (MDB_env * e, const char *p, unsigned f, mdb_mode_t m), (e, p, f, m))
CALL(int, mdb_env_copyfd2, (MDB_env * e, mdb_filehandle_t d, unsigned f), (e, d, f))
CALL(int, mdb_env_stat, (MDB_env * e, MDB_stat *s), (e, s))
CALL(int, mdb_env_info, (MDB_env * e, MDB_envinfo *i), (e, i))
CALL(int, mdb_env_sync, (MDB_env * e, int f), (e, f))
CALL(void, mdb_env_close, (MDB_env * e), (e))
CALL(int, mdb_env_set_mapsize, (MDB_env * e, size_t s), (e, s))
CALL(int, mdb_env_set_maxreaders, (MDB_env * e, unsigned n), (e, n))
CALL(int, mdb_env_set_maxdbs, (MDB_env * e, MDB_dbi n), (e, n))
CALL(int, mdb_txn_begin, (MDB_env * e, MDB_txn *p, unsigned f, MDB_txn **t), (e, p, f, t))
CALL(int, mdb_txn_commit, (MDB_txn * t), (t))
CALL(void, mdb_txn_abort, (MDB_txn * t), (t))
CALL(void, mdb_txn_reset, (MDB_txn * t), (t))
CALL(int, mdb_txn_renew, (MDB_txn * t), (t))
CALL(int, mdb_dbi_open, (MDB_txn * t, const char *n, unsigned f, MDB_dbi *d), (t, n, f, d))
CALL(int, mdb_stat, (MDB_txn * t, MDB_dbi d, MDB_stat *s), (t, d, s))
CALL(int, mdb_drop, (MDB_txn * t, MDB_dbi d, int r), (t, d, r))
CALL(int, mdb_get, (MDB_txn * t, MDB_dbi d, MDB_val *k, MDB_val *v), (t, d, k, v))
CALL(int, mdb_put, (MDB_txn * t, MDB_dbi d, MDB_val *k, MDB_val *v, unsigned f), (t, d, k, v, f))
CALL(int, mdb_del, (MDB_txn * t, MDB_dbi d, MDB_val *k, MDB_val *v), (t, d, k, v))
CALL(int, mdb_cursor_open, (MDB_txn * t, MDB_dbi d, MDB_cursor **c), (t, d, c))
CALL(void, mdb_cursor_close, (MDB_cursor * c), (c))
CALL(int, mdb_cursor_get, (MDB_cursor * c, MDB_val *k, MDB_val *v, MDB_cursor_op o), (c, k, v, o))
CALL(int, mdb_cursor_put, (MDB_cursor * c, MDB_val *k, MDB_val *v, unsigned f), (c, k, v, f))
CALL(int, mdb_cursor_del, (MDB_cursor * c, unsigned f), (c, f))
CALL(int, mdb_reader_check, (MDB_env * e, int *d), (e, d))
CALL(int, fdatasync, (int f), (f))
CALL(int, fsync, (int f), (f))
CALL(int, msync, (void *a, size_t n, int f), (a, n, f))
CALL(int, ftruncate, (int f, off_t n), (f, n))

// Bytes of the first half in whole pages; 0 when the write is a page or less.
static size_t half(size_t byte_count) {
  return byte_count > page_size ? byte_count / 2 / page_size * page_size : 0;
}

ssize_t pwrite(int file, const void *bytes, size_t byte_count, off_t offset) {
  count("pwrite");
  if (half(byte_count) > 0 && reached("pwrite, half done")) {
    syscall(SYS_pwrite64, file, bytes, half(byte_count), offset);
    die();
  }
  return syscall(SYS_pwrite64, file, bytes, byte_count, offset);
}

ssize_t write(int file, const void *bytes, size_t byte_count) {
  if (file > STDERR_FILENO) {
    count("write");
    if (half(byte_count) > 0 && reached("write, half done")) {
      syscall(SYS_write, file, bytes, half(byte_count));
      die();
    }
  }
  return syscall(SYS_write, file, bytes, byte_count);
}

ssize_t writev(int file, const struct iovec *parts, int part_count) {
  if (file > STDERR_FILENO) {
    count("writev");
    if (part_count > 1 && reached("writev, half done")) {
      syscall(SYS_writev, file, parts, part_count / 2);
      die();
    }
  }
  return syscall(SYS_writev, file, parts, part_count);
}
