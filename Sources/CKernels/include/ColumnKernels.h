// Loops over whole columns of integers, for any processor.
#ifndef HEARTH_COLUMN_KERNELS_H
#define HEARTH_COLUMN_KERNELS_H

#include <stdint.h>

/// What one pass over integers shows; INT64_MIN is no value.
struct hearth_survey {
  /// INT64_MAX and INT64_MIN if there is no value.
  int64_t least;
  int64_t greatest;
  /// The bits in which some value differs from the reference.
  int64_t differences;
  /// Integers that are no value.
  int64_t absent;
  /// Integers that differ from, and that are less than, the one before.
  int64_t changes;
  int64_t falls;
};

/// Surveys `count` integers; `previous` is the one before the first.
struct hearth_survey hearth_survey(const int64_t *values, int64_t count, int64_t previous, int64_t reference);

/// Bit v - least for each value v; INT64_MIN is no value, and all others are less than least + 64.
uint64_t hearth_code_set(const int64_t *values, int64_t count, int64_t least);

#endif
