// What a process asks of the memory that it takes from the system; the C library's call for it is not in
// Swift's module of the C library.
#ifndef HEARTH_MEMORY_H
#define HEARTH_MEMORY_H

/// Keeps memory that was freed for its next use, up to 256 MiB of it, where the C library can.
///
/// For programs that take and free pieces of many megabytes all the time: what the system gives anew it zeroes
/// first, page by page.
void hearth_keep_freed_memory(void);

#endif
