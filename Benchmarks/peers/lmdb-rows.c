// A plain LMDB row store of the flat list: what a team writes by hand in a week, and the peer to beat.
//
//   lmdb-rows load PEOPLE FILE      reads households.csv and persons.csv of the folder PEOPLE
//   lmdb-rows ask FILE QUESTIONS    answers the files of the folder QUESTIONS
//
// Both print one JSON object. Trees, all filled by appending in sorted order:
//
//   TREE       KEY                        VALUE
//   persons    personal number            PersonRow, then name, then address
//   insurance  insurance number           personal number
//   old        old number                 personal numbers
//   name       name, birth date           personal numbers
//   members    household number           personal numbers
//   households household number           HouseholdRow, then address
//
// A card is found through the insurance number that it ends with, and confirmed by the row.
// Sorting holds 32 bytes a person in memory (names: about 40), one tree at a time.

#define _GNU_SOURCE
#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what, const char *detail) {
  fprintf(stderr, "lmdb-rows: %s %s\n", what, detail);
  exit(1);
}

static void check(int status, const char *what) {
  if (status != MDB_SUCCESS) fail(what, mdb_strerror(status));
}

static void *need(size_t byte_count) {
  void *memory = malloc(byte_count ? byte_count : 1);
  if (!memory) fail("out of memory", "");
  return memory;
}

static uint64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// ---------------------------------------------------------------- comma-separated text

enum { field_count_max = 32 };

typedef struct {
  const char *start;
  uint32_t length;
} Text;

typedef struct {
  const char *bytes, *end, *at;
  int field_count;
  Text fields[field_count_max];
  char unquoted[4096];
} Records;

static Records open_records(const char *folder, const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  int file = open(path, O_RDONLY);
  struct stat about;
  if (file < 0 || fstat(file, &about) != 0) fail("cannot open", path);
  Records records = {0};
  if (about.st_size > 0) {
    records.bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (records.bytes == MAP_FAILED) fail("cannot map", path);
  }
  close(file);
  records.end = records.bytes + about.st_size;
  records.at = records.bytes;
  return records;
}

// The next record's fields; texts point into the file, or into `unquoted` where quotes were doubled.
static int next_record(Records *records) {
  const char *at = records->at, *end = records->end;
  if (at >= end) return 0;
  char *copy = records->unquoted;
  int count = 0;
  for (;;) {
    if (count == field_count_max) fail("too many fields", "");
    Text *field = &records->fields[count++];
    if (at < end && *at == '"') {
      field->start = ++at;
      int doubled = 0;
      for (;; at++) {
        if (at >= end) fail("quote left open", "");
        if (*at != '"') continue;
        if (at + 1 < end && at[1] == '"') {
          doubled = 1;
          at++;
        } else {
          break;
        }
      }
      field->length = (uint32_t)(at - field->start);
      at++;
      if (doubled) {
        const char *from = field->start, *until = from + field->length;
        if (copy + field->length > records->unquoted + sizeof records->unquoted)
          fail("field too long", "");
        field->start = copy;
        for (; from < until; from++) {
          *copy++ = *from;
          if (*from == '"') from++;
        }
        field->length = (uint32_t)(copy - field->start);
      }
    } else {
      field->start = at;
      while (at < end && *at != ',' && *at != '\n') at++;
      field->length = (uint32_t)(at - field->start);
      if (field->length && at < end && *at == '\n' && at[-1] == '\r') field->length--;
    }
    if (at < end && *at == ',') {
      at++;
      continue;
    }
    if (at < end && *at == '\r') at++;
    if (at < end && *at == '\n') at++;
    break;
  }
  records->at = at;
  records->field_count = count;
  return 1;
}

static int column(const Records *header, const char *name) {
  for (int i = 0; i < header->field_count; i++)
    if (header->fields[i].length == strlen(name) &&
        memcmp(header->fields[i].start, name, strlen(name)) == 0)
      return i;
  fail("no column", name);
  return -1;
}

static uint64_t number(Text text) {
  uint64_t value = 0;
  for (uint32_t i = 0; i < text.length; i++) {
    if (text.start[i] < '0' || text.start[i] > '9') fail("not a number", text.start);
    value = value * 10 + (uint64_t)(text.start[i] - '0');
  }
  return value;
}

static void code(char *target, size_t size, Text text) {
  if (text.length > size) fail("code too long", "");
  memset(target, 0, size);
  memcpy(target, text.start, text.length);
}

// Days since 1970-01-01, times 4, plus 1 when only the month and 2 when only the year is known.
static int32_t day(Text text) {
  if (text.length == 0) return INT32_MIN;
  if (text.length < 4) fail("not a day", "");
  Text part = {text.start, 4};
  int year = (int)number(part), month = 1, of_month = 1, precision = 2;
  if (text.length >= 7) {
    part = (Text){text.start + 5, 2};
    month = (int)number(part);
    precision = 1;
  }
  if (text.length >= 10) {
    part = (Text){text.start + 8, 2};
    of_month = (int)number(part);
    precision = 0;
  }
  int y = month <= 2 ? year - 1 : year, era = y / 400, of_era = y - era * 400;
  int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + of_month - 1;
  return (era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468) * 4 +
         precision;
}

// ---------------------------------------------------------------- rows

#define person_columns(X)                                                                        \
  X(person_id) X(household_id) X(full_name) X(sex) X(birth_date) X(ethnicity) X(relation)        \
  X(marital) X(education) X(occupation) X(commune) X(birth_province) X(address) X(phone)         \
  X(old_id) X(insurance_no) X(card_no) X(group) X(facility) X(valid_from) X(valid_to) X(status)

#define household_columns(X)                                                                     \
  X(household_id) X(head_person_id) X(commune) X(address) X(member_count) X(poverty)             \
  X(dwelling) X(phone) X(registered_on)

#define as_member(name) int name;
typedef struct { person_columns(as_member) } PersonColumns;
typedef struct { household_columns(as_member) } HouseholdColumns;

typedef struct __attribute__((packed)) {
  uint64_t household, insurance;  // 0: absent
  uint32_t old, phone, commune;   // 0: absent
  int32_t birth_date, valid_from, valid_to;
  char sex, status, level;
  char ethnicity[2], relation[2], marital[2], education[2], occupation[2], birth_province[2];
  char group[2], card_province[2], facility[5];
  uint8_t name_length, address_length;
} PersonRow;

typedef struct __attribute__((packed)) {
  uint64_t head, phone;
  uint32_t commune;
  int32_t registered_on;
  uint8_t member_count;
  char poverty[2], dwelling[2];
  uint8_t address_length;
} HouseholdRow;

static size_t pack_person(const Records *r, const PersonColumns *c, char *target) {
  const Text *f = r->fields;
  PersonRow row;
  memset(&row, 0, sizeof row);
  row.household = number(f[c->household_id]);
  row.insurance = number(f[c->insurance_no]);
  row.old = (uint32_t)number(f[c->old_id]);
  row.phone = (uint32_t)number(f[c->phone]);
  row.commune = (uint32_t)number(f[c->commune]);
  row.birth_date = day(f[c->birth_date]);
  row.valid_from = day(f[c->valid_from]);
  row.valid_to = day(f[c->valid_to]);
  code(&row.sex, 1, f[c->sex]);
  code(&row.status, 1, f[c->status]);
  code(row.ethnicity, 2, f[c->ethnicity]);
  code(row.relation, 2, f[c->relation]);
  code(row.marital, 2, f[c->marital]);
  code(row.education, 2, f[c->education]);
  code(row.occupation, 2, f[c->occupation]);
  code(row.birth_province, 2, f[c->birth_province]);
  code(row.group, 2, f[c->group]);
  code(row.facility, 5, f[c->facility]);
  if (f[c->card_no].length == 15) {
    row.level = f[c->card_no].start[2];
    memcpy(row.card_province, f[c->card_no].start + 3, 2);
  }
  Text name = f[c->full_name], address = f[c->address];
  if (name.length > 255 || address.length > 255) fail("text too long", "");
  row.name_length = (uint8_t)name.length;
  row.address_length = (uint8_t)address.length;
  memcpy(target, &row, sizeof row);
  memcpy(target + sizeof row, name.start, name.length);
  memcpy(target + sizeof row + name.length, address.start, address.length);
  return sizeof row + name.length + address.length;
}

static size_t pack_household(const Records *r, const HouseholdColumns *c, char *target) {
  const Text *f = r->fields;
  HouseholdRow row;
  memset(&row, 0, sizeof row);
  row.head = number(f[c->head_person_id]);
  row.phone = number(f[c->phone]);
  row.commune = (uint32_t)number(f[c->commune]);
  row.registered_on = day(f[c->registered_on]);
  row.member_count = (uint8_t)number(f[c->member_count]);
  code(row.poverty, 2, f[c->poverty]);
  code(row.dwelling, 2, f[c->dwelling]);
  Text address = f[c->address];
  if (address.length > 255) fail("text too long", "");
  row.address_length = (uint8_t)address.length;
  memcpy(target, &row, sizeof row);
  memcpy(target + sizeof row, address.start, address.length);
  return sizeof row + address.length;
}

// All 22 fields of the flat list as typed values, texts as bytes.
typedef struct {
  uint64_t person, household, insurance;
  uint32_t old, phone, commune;
  int32_t birth_date, valid_from, valid_to;
  char sex, status;
  char ethnicity[2], relation[2], marital[2], education[2], occupation[2], birth_province[2];
  char group[2], facility[5], card[15];
  Text name, address;
} Person;

static void write_digits(char *target, uint64_t value, int count) {
  for (int i = count - 1; i >= 0; i--, value /= 10) target[i] = (char)('0' + value % 10);
}

static void decode_person(uint64_t key, MDB_val value, Person *person) {
  PersonRow row;
  memcpy(&row, value.mv_data, sizeof row);
  person->person = key;
  person->household = row.household;
  person->insurance = row.insurance;
  person->old = row.old;
  person->phone = row.phone;
  person->commune = row.commune;
  person->birth_date = row.birth_date;
  person->valid_from = row.valid_from;
  person->valid_to = row.valid_to;
  person->sex = row.sex;
  person->status = row.status;
  memcpy(person->ethnicity, row.ethnicity, 12);
  memcpy(person->group, row.group, 2);
  memcpy(person->facility, row.facility, 5);
  memcpy(person->card, row.group, 2);
  person->card[2] = row.level;
  memcpy(person->card + 3, row.card_province, 2);
  write_digits(person->card + 5, row.insurance, 10);
  const char *texts = (const char *)value.mv_data + sizeof row;
  person->name = (Text){texts, row.name_length};
  person->address = (Text){texts + row.name_length, row.address_length};
  __asm__ volatile("" : : "r"(person) : "memory");
}

// ---------------------------------------------------------------- environment

enum { persons, insurance, old, name, members, households, tree_count };

static const char *const tree_names[tree_count] = {"persons", "insurance", "old",
                                                   "name",    "members",   "households"};
static const unsigned tree_flags[tree_count] = {
    MDB_INTEGERKEY,
    MDB_INTEGERKEY,
    MDB_INTEGERKEY | MDB_DUPSORT | MDB_DUPFIXED | MDB_INTEGERDUP,
    MDB_DUPSORT | MDB_DUPFIXED | MDB_INTEGERDUP,
    MDB_INTEGERKEY | MDB_DUPSORT | MDB_DUPFIXED | MDB_INTEGERDUP,
    MDB_INTEGERKEY,
};

typedef struct {
  MDB_env *environment;
  MDB_dbi trees[tree_count];
} Store;

static Store open_store(const char *path, int create) {
  Store store;
  check(mdb_env_create(&store.environment), "mdb_env_create");
  check(mdb_env_set_maxdbs(store.environment, tree_count), "mdb_env_set_maxdbs");
  check(mdb_env_set_mapsize(store.environment, (size_t)1 << 38), "mdb_env_set_mapsize");
  unsigned flags = MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD;
  flags |= create ? MDB_NOSYNC : MDB_RDONLY;
  check(mdb_env_open(store.environment, path, flags, 0600), path);
  MDB_txn *transaction;
  check(mdb_txn_begin(store.environment, NULL, create ? 0 : MDB_RDONLY, &transaction), "begin");
  for (int i = 0; i < tree_count; i++)
    check(mdb_dbi_open(transaction, tree_names[i], tree_flags[i] | (create ? MDB_CREATE : 0),
                       &store.trees[i]),
          tree_names[i]);
  check(mdb_txn_commit(transaction), "commit");
  return store;
}

// Appends in transactions of a million.
typedef struct {
  Store *store;
  int tree;
  MDB_txn *transaction;
  MDB_cursor *cursor;
  size_t count;
  size_t last_length;
  char last[256];  // the key before: a key that comes again gets a further value
} Appender;

static void append(Appender *a, MDB_val key, MDB_val value) {
  if (!a->transaction) {
    check(mdb_txn_begin(a->store->environment, NULL, 0, &a->transaction), "begin");
    check(mdb_cursor_open(a->transaction, a->store->trees[a->tree], &a->cursor), "cursor");
  }
  int again = key.mv_size == a->last_length && memcmp(key.mv_data, a->last, key.mv_size) == 0;
  check(mdb_cursor_put(a->cursor, &key, &value, again ? MDB_APPENDDUP : MDB_APPEND),
        tree_names[a->tree]);
  memcpy(a->last, key.mv_data, key.mv_size);
  a->last_length = key.mv_size;
  if (++a->count % 1000000 == 0) {
    mdb_cursor_close(a->cursor);
    check(mdb_txn_commit(a->transaction), "commit");
    a->transaction = NULL;
  }
}

static void end_appending(Appender *a) {
  if (!a->transaction) return;
  mdb_cursor_close(a->cursor);
  check(mdb_txn_commit(a->transaction), "commit");
  a->transaction = NULL;
}

// ---------------------------------------------------------------- sorting

typedef struct {
  uint64_t key, value;
} Pair;

// Sorts by key, then by value, least significant byte first; bytes that never differ cost nothing.
static Pair *sort_pairs(Pair *pairs, size_t count) {
  Pair *from = pairs, *to = need(count * sizeof *to);
  for (int byte = 0; byte < 16; byte++) {
    size_t starts[256] = {0};
    int shift = byte % 8 * 8;
#define byte_of(pair) (((byte < 8 ? (pair).value : (pair).key) >> shift) & 255)
    for (size_t i = 0; i < count; i++) starts[byte_of(from[i])]++;
    size_t sum = 0;
    int used = 0;
    for (int i = 0; i < 256; i++) {
      size_t here = starts[i];
      used += here > 0;
      starts[i] = sum;
      sum += here;
    }
    if (used <= 1) continue;
    for (size_t i = 0; i < count; i++) to[starts[byte_of(from[i])]++] = from[i];
#undef byte_of
    Pair *other = from;
    from = to;
    to = other;
  }
  free(to);
  return from;
}

typedef struct {
  uint64_t prefix;  // first eight bytes of the key, most significant first
  uint64_t at;      // the key in the arena: length in a byte, bytes, personal number
} NameKey;

static const char *arena;

static int compare_names(const void *left, const void *right) {
  const NameKey *a = left, *b = right;
  if (a->prefix != b->prefix) return a->prefix < b->prefix ? -1 : 1;
  const char *x = arena + a->at, *y = arena + b->at;
  size_t m = (uint8_t)*x, n = (uint8_t)*y;
  int order = memcmp(x + 1, y + 1, m < n ? m : n);
  if (order) return order;
  if (m != n) return m < n ? -1 : 1;
  uint64_t p, q;
  memcpy(&p, x + 1 + m, 8);
  memcpy(&q, y + 1 + n, 8);
  return p < q ? -1 : p > q;
}

// Name, a zero byte, birth date.
static size_t name_key(Text full_name, int32_t birth_date, char *target) {
  memcpy(target, full_name.start, full_name.length);
  target[full_name.length] = 0;
  uint32_t turned = __builtin_bswap32((uint32_t)birth_date ^ 0x80000000u);
  memcpy(target + full_name.length + 1, &turned, 4);
  return full_name.length + 5;
}

// ---------------------------------------------------------------- load

#define set_column(name) columns.name = column(&records, #name);

static Records open_persons(const char *folder, PersonColumns *to) {
  Records records = open_records(folder, "persons.csv");
  if (!next_record(&records)) fail("no header", "persons.csv");
  PersonColumns columns;
  person_columns(set_column);
  *to = columns;
  return records;
}

static size_t count_persons(const char *folder) {
  PersonColumns columns;
  Records records = open_persons(folder, &columns);
  size_t count = 0;
  while (next_record(&records)) count++;
  munmap((void *)records.bytes, (size_t)(records.end - records.bytes));
  return count;
}

static size_t load_persons(Store *store, const char *folder, size_t count) {
  PersonColumns columns;
  Records records = open_persons(folder, &columns);
  Pair *pairs = need(count * sizeof *pairs);
  size_t kept = 0;
  for (const char *at = records.at; next_record(&records); at = records.at)
    if (records.fields[columns.person_id].length)
      pairs[kept++] =
          (Pair){number(records.fields[columns.person_id]), (uint64_t)(at - records.bytes)};
  pairs = sort_pairs(pairs, kept);
  Appender appender = {.store = store, .tree = persons};
  char row[1024];
  for (size_t i = 0; i < kept; i++) {
    records.at = records.bytes + pairs[i].value;
    next_record(&records);
    MDB_val value = {pack_person(&records, &columns, row), row};
    append(&appender, (MDB_val){8, &pairs[i].key}, value);
  }
  end_appending(&appender);
  free(pairs);
  munmap((void *)records.bytes, (size_t)(records.end - records.bytes));
  return kept;
}

static void load_pairs(Store *store, const char *folder, size_t count, int tree) {
  PersonColumns columns;
  Records records = open_persons(folder, &columns);
  int from = tree == insurance ? columns.insurance_no
             : tree == old     ? columns.old_id
                               : columns.household_id;
  Pair *pairs = need(count * sizeof *pairs);
  size_t kept = 0;
  while (next_record(&records))
    if (records.fields[from].length && records.fields[columns.person_id].length)
      pairs[kept++] = (Pair){number(records.fields[from]), number(records.fields[columns.person_id])};
  munmap((void *)records.bytes, (size_t)(records.end - records.bytes));
  pairs = sort_pairs(pairs, kept);
  Appender appender = {.store = store, .tree = tree};
  for (size_t i = 0; i < kept; i++)
    append(&appender, (MDB_val){8, &pairs[i].key}, (MDB_val){8, &pairs[i].value});
  end_appending(&appender);
  free(pairs);
}

static void load_names(Store *store, const char *folder, size_t count) {
  PersonColumns columns;
  Records records = open_persons(folder, &columns);
  NameKey *keys = need(count * sizeof *keys);
  size_t kept = 0, used = 0, capacity = count * 40 + 4096;
  char *bytes = need(capacity);
  while (next_record(&records)) {
    if (!records.fields[columns.person_id].length) continue;
    if (used + 512 > capacity) {
      capacity += capacity / 4;
      bytes = realloc(bytes, capacity);
      if (!bytes) fail("out of memory", "");
    }
    size_t length = name_key(records.fields[columns.full_name],
                             day(records.fields[columns.birth_date]), bytes + used + 1);
    if (length > 255) fail("name too long", "");
    bytes[used] = (char)length;
    memset(bytes + used + 1 + length, 0, 8);
    uint64_t prefix, person = number(records.fields[columns.person_id]);
    memcpy(&prefix, bytes + used + 1, 8);
    memcpy(bytes + used + 1 + length, &person, 8);
    keys[kept++] = (NameKey){__builtin_bswap64(prefix), used};
    used += 1 + length + 8;
  }
  munmap((void *)records.bytes, (size_t)(records.end - records.bytes));
  arena = bytes;
  qsort(keys, kept, sizeof *keys, compare_names);
  Appender appender = {.store = store, .tree = name};
  for (size_t i = 0; i < kept; i++) {
    char *at = bytes + keys[i].at;
    size_t length = (uint8_t)*at;
    uint64_t person;
    memcpy(&person, at + 1 + length, 8);
    append(&appender, (MDB_val){length, at + 1}, (MDB_val){8, &person});
  }
  end_appending(&appender);
  free(keys);
  free(bytes);
}

static size_t load_households(Store *store, const char *folder) {
  Records records = open_records(folder, "households.csv");
  if (!next_record(&records)) fail("no header", "households.csv");
  HouseholdColumns columns;
  household_columns(set_column);
  const char *first = records.at;
  size_t count = 0, kept = 0;
  while (next_record(&records)) count++;
  Pair *pairs = need(count * sizeof *pairs);
  records.at = first;
  for (const char *at = records.at; next_record(&records); at = records.at)
    pairs[kept++] =
        (Pair){number(records.fields[columns.household_id]), (uint64_t)(at - records.bytes)};
  pairs = sort_pairs(pairs, kept);
  Appender appender = {.store = store, .tree = households};
  char row[1024];
  for (size_t i = 0; i < kept; i++) {
    records.at = records.bytes + pairs[i].value;
    next_record(&records);
    MDB_val value = {pack_household(&records, &columns, row), row};
    append(&appender, (MDB_val){8, &pairs[i].key}, value);
  }
  end_appending(&appender);
  free(pairs);
  munmap((void *)records.bytes, (size_t)(records.end - records.bytes));
  return kept;
}

static int load(const char *folder, const char *path) {
  uint64_t started = nanoseconds();
  Store store = open_store(path, 1);
  size_t count = count_persons(folder);
  size_t person_count = load_persons(&store, folder, count);
  double rows_seconds = (double)(nanoseconds() - started) / 1e9;
  load_pairs(&store, folder, count, insurance);
  load_pairs(&store, folder, count, old);
  load_pairs(&store, folder, count, members);
  load_names(&store, folder, count);
  size_t household_count = load_households(&store, folder);
  check(mdb_env_sync(store.environment, 1), "sync");
  MDB_envinfo about;
  check(mdb_env_info(store.environment, &about), "info");
  mdb_env_close(store.environment);
  printf("{\"persons\": %zu, \"households\": %zu, \"rows_seconds\": %.3f, \"seconds\": %.3f, "
         "\"bytes\": %zu}\n",
         person_count, household_count, rows_seconds, (double)(nanoseconds() - started) / 1e9,
         (about.me_last_pgno + 1) * (size_t)sysconf(_SC_PAGESIZE));
  return 0;
}

// ---------------------------------------------------------------- ask

typedef struct {
  Text *lines;
  size_t count;
} Questions;

static Questions read_questions(const char *folder, const char *kind) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.txt", folder, kind);
  FILE *file = fopen(path, "rb");
  if (!file) return (Questions){NULL, 0};
  fseek(file, 0, SEEK_END);
  size_t size = (size_t)ftell(file);
  rewind(file);
  char *bytes = need(size + 1);
  if (fread(bytes, 1, size, file) != size) fail("cannot read", path);
  fclose(file);
  Questions questions = {NULL, 0};
  for (size_t i = 0; i < size; i++) questions.count += bytes[i] == '\n';
  questions.lines = need(questions.count * sizeof(Text));
  char *at = bytes;
  for (size_t i = 0; i < questions.count; i++) {
    char *until = memchr(at, '\n', (size_t)(bytes + size - at));
    questions.lines[i] = (Text){at, (uint32_t)(until - at)};
    at = until + 1;
  }
  return questions;
}

typedef struct {
  Store *store;
  MDB_txn *transaction;
  MDB_cursor *old, *name, *members;
} Reader;

static Reader open_reader(Store *store) {
  Reader reader = {.store = store};
  check(mdb_txn_begin(store->environment, NULL, MDB_RDONLY, &reader.transaction), "begin");
  check(mdb_cursor_open(reader.transaction, store->trees[old], &reader.old), "cursor");
  check(mdb_cursor_open(reader.transaction, store->trees[name], &reader.name), "cursor");
  check(mdb_cursor_open(reader.transaction, store->trees[members], &reader.members), "cursor");
  return reader;
}

// Every answer is the number of rows that were read and decoded.

static int by_person(Reader *reader, uint64_t key, Person *person) {
  MDB_val k = {8, &key}, value;
  int status = mdb_get(reader->transaction, reader->store->trees[persons], &k, &value);
  if (status == MDB_NOTFOUND) return 0;
  check(status, "get");
  decode_person(key, value, person);
  return 1;
}

static int by_insurance(Reader *reader, uint64_t key, Person *person) {
  MDB_val k = {8, &key}, value;
  int status = mdb_get(reader->transaction, reader->store->trees[insurance], &k, &value);
  if (status == MDB_NOTFOUND) return 0;
  check(status, "get");
  uint64_t found;
  memcpy(&found, value.mv_data, 8);
  return by_person(reader, found, person);
}

static int by_duplicates(Reader *reader, MDB_cursor *cursor, MDB_val key) {
  MDB_val value;
  Person person;
  int count = 0;
  int status = mdb_cursor_get(cursor, &key, &value, MDB_SET_KEY);
  while (status == MDB_SUCCESS) {
    uint64_t found;
    memcpy(&found, value.mv_data, 8);
    count += by_person(reader, found, &person);
    status = mdb_cursor_get(cursor, &key, &value, MDB_NEXT_DUP);
  }
  if (status != MDB_NOTFOUND) check(status, "cursor get");
  return count;
}

static int ask_personal(Reader *reader, Text question) {
  Person person;
  return by_person(reader, number(question), &person);
}

static int ask_insurance(Reader *reader, Text question) {
  Person person;
  return by_insurance(reader, number(question), &person);
}

static int ask_card(Reader *reader, Text question) {
  Person person;
  Text last = {question.start + question.length - 10, 10};
  if (!by_insurance(reader, number(last), &person)) return 0;
  return memcmp(person.card, question.start, 15) == 0;
}

static int ask_old(Reader *reader, Text question) {
  uint64_t key = number(question);
  return by_duplicates(reader, reader->old, (MDB_val){8, &key});
}

static int ask_name(Reader *reader, Text question) {
  const char *tab = memchr(question.start, '\t', question.length);
  if (!tab) fail("no tab in", question.start);
  Text full_name = {question.start, (uint32_t)(tab - question.start)};
  Text date = {tab + 1, question.length - full_name.length - 1};
  char key[512];
  return by_duplicates(reader, reader->name,
                       (MDB_val){name_key(full_name, day(date), key), key});
}

static int ask_household(Reader *reader, Text question) {
  uint64_t key = number(question);
  MDB_val k = {8, &key}, value;
  int status = mdb_get(reader->transaction, reader->store->trees[households], &k, &value);
  if (status == MDB_NOTFOUND) return 0;
  check(status, "get");
  HouseholdRow row;
  memcpy(&row, value.mv_data, sizeof row);
  __asm__ volatile("" : : "r"(&row) : "memory");
  return by_duplicates(reader, reader->members, (MDB_val){8, &key});
}

typedef int (*Ask)(Reader *, Text);

static const struct {
  const char *kind;
  Ask ask;
} kinds[] = {
    {"personal", ask_personal}, {"insurance", ask_insurance}, {"card15", ask_card},
    {"card10", ask_insurance},  {"old", ask_old},             {"miss", ask_personal},
    {"household", ask_household}, {"name_birth", ask_name},
};

static int compare_times(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return a < b ? -1 : a > b;
}

static void print_times(const char *kind, uint32_t *times, size_t count, size_t found,
                        size_t rows, double seconds) {
  qsort(times, count, sizeof *times, compare_times);
  printf(",\n \"%s\": {\"count\": %zu, \"found\": %zu, \"rows\": %zu, \"median_ns\": %u, "
         "\"p99_ns\": %u, \"p999_ns\": %u, \"per_second\": %.0f}",
         kind, count, found, rows, times[count / 2], times[count * 99 / 100],
         times[count * 999 / 1000], (double)count / seconds);
}

// Two passes over all questions; the second, with the file hot, is printed.
static void ask_kind(Reader *reader, const char *kind, Ask ask, Questions questions) {
  uint32_t *times = need(questions.count * sizeof *times);
  size_t found = 0, rows = 0;
  double seconds = 0;
  for (int pass = 0; pass < 2; pass++) {
    found = rows = 0;
    uint64_t started = nanoseconds();
    for (size_t i = 0; i < questions.count; i++) {
      uint64_t before = nanoseconds();
      int count = ask(reader, questions.lines[i]);
      uint64_t taken = nanoseconds() - before;
      times[i] = taken > UINT32_MAX ? UINT32_MAX : (uint32_t)taken;
      found += count > 0;
      rows += (size_t)count;
    }
    seconds = (double)(nanoseconds() - started) / 1e9;
  }
  print_times(kind, times, questions.count, found, rows, seconds);
  free(times);
}

enum { batch_size = 1000 };

static void ask_batches(Reader *reader, Questions questions) {
  size_t batches = questions.count / batch_size;
  if (!batches) return;
  uint32_t *times = need(batches * sizeof *times);
  Person *answer = need(batch_size * sizeof *answer);
  size_t rows = 0;
  double seconds = 0;
  for (int pass = 0; pass < 2; pass++) {
    rows = 0;
    uint64_t started = nanoseconds();
    for (size_t i = 0; i < batches; i++) {
      uint64_t before = nanoseconds();
      for (size_t j = 0; j < batch_size; j++)
        rows += (size_t)by_person(reader, number(questions.lines[i * batch_size + j]), &answer[j]);
      times[i] = (uint32_t)(nanoseconds() - before);
    }
    seconds = (double)(nanoseconds() - started) / 1e9;
  }
  print_times("batch1000", times, batches, batches, rows, seconds);
  free(times);
  free(answer);
}

typedef struct {
  Store *store;
  Questions questions;
  size_t rows;
} Share;

static void *ask_share(void *argument) {
  Share *share = argument;
  Reader reader = open_reader(share->store);
  for (size_t i = 0; i < share->questions.count; i++)
    share->rows += (size_t)ask_personal(&reader, share->questions.lines[i]);
  return NULL;
}

static void ask_threads(Store *store, Questions questions, int thread_count) {
  pthread_t threads[2];
  Share shares[2];
  size_t each = questions.count / (size_t)thread_count, rows = 0;
  uint64_t started = nanoseconds();
  for (int i = 0; i < thread_count; i++) {
    shares[i] = (Share){store, {questions.lines + each * (size_t)i, each}, 0};
    if (pthread_create(&threads[i], NULL, ask_share, &shares[i]) != 0) fail("no thread", "");
  }
  for (int i = 0; i < thread_count; i++) {
    pthread_join(threads[i], NULL);
    rows += shares[i].rows;
  }
  double seconds = (double)(nanoseconds() - started) / 1e9;
  printf(",\n \"threads%d\": {\"count\": %zu, \"rows\": %zu, \"per_second\": %.0f}", thread_count,
         each * (size_t)thread_count, rows, (double)(each * (size_t)thread_count) / seconds);
}

static int ask(const char *path, const char *folder) {
  Store store = open_store(path, 0);
  Reader reader = open_reader(&store);
  printf("{\"peer\": \"lmdb-rows\"");
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    Questions questions = read_questions(folder, kinds[i].kind);
    if (questions.count) ask_kind(&reader, kinds[i].kind, kinds[i].ask, questions);
  }
  Questions questions = read_questions(folder, "personal");
  if (questions.count) {
    ask_batches(&reader, questions);
    ask_threads(&store, questions, 1);
    ask_threads(&store, questions, 2);
  }
  printf("}\n");
  return 0;
}

int main(int argument_count, char **arguments) {
  if (argument_count == 4 && strcmp(arguments[1], "load") == 0)
    return load(arguments[2], arguments[3]);
  if (argument_count == 4 && strcmp(arguments[1], "ask") == 0)
    return ask(arguments[2], arguments[3]);
  fprintf(stderr, "lmdb-rows load PEOPLE FILE\nlmdb-rows ask FILE QUESTIONS\n");
  return 64;
}
