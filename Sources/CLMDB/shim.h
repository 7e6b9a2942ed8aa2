#include <lmdb.h>
// For `fstatfs`, which tells a network file system; LMDB does not work on one.
#include <sys/vfs.h>
