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
  /// Codes of several columns, row after row: the slot is the first bit among those of a row.
  hearth_kind_row,
  /// The same, and `codes` are the entries of a dictionary, which are as many as the base says.
  hearth_kind_row_dictionary,
  hearth_kind_transposed,
  hearth_kind_plain,
  hearth_kind_dictionary,
  hearth_kind_flags,
  /// Read by the caller.
  hearth_kind_general,
  hearth_kind_count,
};

/// One column that varies.
typedef struct {
  const uint8_t *codes;
  /// The base; of a dictionary the number of its entries below, and above how many bytes behind the
  /// codes they lie.
  int64_t base;
  uint8_t width;
  uint8_t shift;
  /// How many of the greatest codes do not stand for themselves.
  uint8_t special_count;
  uint8_t unused;
  uint16_t slot;
  uint16_t field;
} hearth_column;

/// One column of distances from a line.
typedef struct {
  const uint8_t *codes;
  int64_t base;
  int64_t slope;
  /// How many bytes behind the codes the bases of blocks lie; 0 where all have one.
  uint32_t bases;
  uint8_t width;
  uint8_t special_count;
  uint16_t slot;
  uint16_t field;
} hearth_line;

/// One column that has one value but in the rows of a list, which the caller has to read.
typedef struct {
  hearth_list others;
  int64_t value;
  uint16_t slot;
  uint16_t field;
} hearth_sparse;

/// A value that all rows have, and is not absent.
typedef struct {
  int64_t value;
  int64_t field;
} hearth_constant;

/// A column that the caller has to read, and the slot of its place.
typedef struct {
  uint16_t field;
  uint16_t slot;
} hearth_rest;

/// How to read a row; behind it lie its marks, lists, lines, sparse columns, columns and constants,
/// in this order.
typedef struct {
  uint16_t mark_count;
  uint16_t list_count;
  uint16_t line_count;
  uint16_t sparse_count;
  uint16_t column_count;
  uint16_t constant_count;
  uint16_t value_count;
  /// The columns of each kind, first those that are read at the row, then those at other places.
  uint16_t counts[2][hearth_kind_count];
  /// Which of the lines links the row to its parent; `line_count` if none does.
  uint16_t link_line;
  /// Bits of the codes of several columns that lie together, row after row; 0 where there are none.
  uint16_t row_stride;
  const uint8_t *row_codes;
} hearth_row_plan;

/// Asks for the lines that a row's number tells.
void hearth_row_ask(const hearth_row_plan *plan, uint32_t row);

/// Asks for the lines of lists of rows, once the lines that `hearth_row_ask` asked for have come.
void hearth_row_ask_lists(const hearth_row_plan *plan, uint32_t row);

/// Finds where a row's values lie: the row, then a place for each marks and each list, -1 where it
/// has none.
void hearth_row_find(const hearth_row_plan *plan, uint32_t row, int32_t *places);

/// Asks for the lines at the places that were found.
void hearth_row_ask_places(const hearth_row_plan *plan, const int32_t *places);

/// What the line `link_line` says of the row whose places were found; false when the caller has to
/// read it.
int hearth_row_link(const hearth_row_plan *plan, const int32_t *places, int64_t *value);

/// Decodes the row whose places were found; what no column says is absent. Returns how many columns
/// the caller has to read itself, which `rest` has room for.
uint32_t hearth_row_gather(
    const hearth_row_plan *plan, const int32_t *places, int64_t *values, hearth_rest *rest);

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

/// Asks for the lines that say where a row's group lies.
void hearth_tokens_ask(const hearth_tokens *tokens, uint32_t row);

/// Asks for the lines of a row's group, once those of `hearth_tokens_ask` have come.
void hearth_tokens_ask_group(const hearth_tokens *tokens, uint32_t row);

/// Finds a row's words, and asks for the lines of their dictionary entries.
void hearth_tokens_find(const hearth_tokens *tokens, uint32_t row, hearth_token_places *places);

/// Turns the places of words that were found into codes; UINT32_MAX: absent, one less: escaped.
void hearth_tokens_codes(const hearth_tokens *tokens, hearth_token_places *places);

#endif
