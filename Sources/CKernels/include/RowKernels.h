// Reading one row out of the columns of a segment.
//
// The columns that vary are described side by side in one piece of memory, so that a row costs few
// cache lines of descriptions. Ranks want the processor's count of bits, which Swift does not use
// for a program that has to run everywhere: here it is chosen when the program starts.
#ifndef HEARTH_ROW_KERNELS_H
#define HEARTH_ROW_KERNELS_H

#include <stdint.h>

/// What is not there.
#define HEARTH_ABSENT INT64_MIN

/// Rows that begin a run or have a value: bits with ranks, or a list.
typedef struct {
  const uint8_t *start;
  /// Of a list: how many rows it has, and how many blocks its directory has.
  uint32_t count;
  uint16_t block_count;
  uint8_t is_listed;
  uint8_t is_presence;
} hearth_marks;

/// Rows that are exceptions of a derived column.
typedef struct {
  const uint8_t *start;
  uint32_t count;
  uint32_t block_count;
} hearth_list;

/// How the codes of a column lie; columns of one kind stand side by side.
enum {
  hearth_kind_transposed,
  hearth_kind_plain,
  hearth_kind_dictionary,
  hearth_kind_line,
  hearth_kind_flags,
  /// Read by the caller.
  hearth_kind_general,
  hearth_kind_count,
};

/// One column that varies.
typedef struct {
  const uint8_t *codes;
  /// The base, or of a dictionary the number of its entries.
  int64_t base;
  /// The slope of a line, or the offset of a dictionary's entries from the codes.
  int64_t second;
  uint8_t width;
  uint8_t shift;
  /// How many of the greatest codes do not stand for themselves.
  uint8_t special_count;
  uint8_t unused;
  uint16_t slot;
  uint16_t field;
} hearth_column;

/// A value that all rows have, and is not absent.
typedef struct {
  int64_t value;
  int64_t field;
} hearth_constant;

/// How to read a row; behind it lie its marks, lists, columns and constants, in this order.
typedef struct {
  uint16_t mark_count;
  uint16_t list_count;
  uint16_t column_count;
  uint16_t constant_count;
  uint16_t value_count;
  /// The columns of each kind, first those that are read at the row, then those at other places.
  uint16_t counts[2][hearth_kind_count];
  uint16_t unused;
} hearth_row_plan;

/// Asks for the lines that a row's number tells.
void hearth_row_ask(const hearth_row_plan *plan, uint32_t row);

/// Finds where a row's values lie: the row, then a place for each marks and each list, -1 where it
/// has none.
void hearth_row_find(const hearth_row_plan *plan, uint32_t row, int32_t *places);

/// Asks for the lines at the places that were found.
void hearth_row_ask_places(const hearth_row_plan *plan, const int32_t *places);

/// Decodes the row whose places were found; what no column says is absent. Returns how many columns
/// the caller has to read itself, and their numbers in `rest`, which has room for all.
uint32_t hearth_row_gather(
    const hearth_row_plan *plan, const int32_t *places, int64_t *values, uint16_t *rest);

/// How many bits of a group of ranked bits are set in its rows 0 to `last`.
uint32_t hearth_group_rank(const uint8_t *group, uint32_t last);

/// A column of up to three words a row in ranges of frequency; see RangedTokens.swift.
typedef struct {
  const uint8_t *stream;
  const uint8_t *ranges;
  const uint8_t *bases;
  const uint8_t *anchors;
  const uint8_t *entries[3];
  uint32_t stream_bit_count;
  uint32_t row_count;
  uint32_t place_counts[3];
  uint32_t raw_limits[3];
  uint8_t widths[3];
  uint8_t entry_widths[3];
  uint8_t anchor_shift;
  uint8_t part_count;
} hearth_tokens;

/// Where a row's words lie: of each part the place in its dictionary, or its code.
typedef struct {
  uint32_t values[3];
  /// Bit p: part p's code is known, and lies in `values`.
  uint32_t known;
} hearth_token_places;

/// Asks for the lines where a row's group may lie.
void hearth_tokens_ask(const hearth_tokens *tokens, uint32_t row);

/// Finds a row's words, and asks for the lines of their dictionary entries.
void hearth_tokens_find(const hearth_tokens *tokens, uint32_t row, hearth_token_places *places);

/// Turns the places of words that were found into codes; UINT32_MAX: absent, one less: escaped.
void hearth_tokens_codes(const hearth_tokens *tokens, hearth_token_places *places);

#endif
