#include "Memory.h"

#if defined(__GLIBC__) || defined(__linux__)
#include <malloc.h>
#endif

void hearth_keep_freed_memory(void) {
#if defined(__GLIBC__)
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_TOP_PAD, 16 << 20);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
#endif
}
