#include "RowKernels.h"

#include <string.h>

#if defined(__x86_64__) && defined(__gnu_linux__)
#define HEARTH_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define HEARTH_CLONES
#endif
#define HEARTH_INLINE static inline __attribute__((always_inline))

HEARTH_INLINE uint16_t load16(const uint8_t *at) {
  uint16_t value;
  memcpy(&value, at, 2);
  return value;
}

HEARTH_INLINE uint32_t load32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, 4);
  return value;
}

HEARTH_INLINE uint64_t load64(const uint8_t *at) {
  uint64_t value;
  memcpy(&value, at, 8);
  return value;
}

HEARTH_INLINE void ask(const void *at) { __builtin_prefetch(at, 0, 3); }

// Marks and lists

/// The bits of a word that lie below `count`, which may be negative or beyond the word.
HEARTH_INLINE uint64_t below(uint64_t word, int count) {
  return count <= 0 ? 0 : count >= 64 ? word : word & ((1ull << count) - 1);
}

/// Which bits of a group count for its rows 0 to `last`; the first 16 are the rank before it.
typedef struct {
  uint64_t words[4];
} group_mask;

HEARTH_INLINE group_mask mask_of_group(uint32_t last) {
  const int count = (int)last + 17;
  return (group_mask){{below(~0xffffull, count), below(~0ull, count - 64),
                       below(~0ull, count - 128), below(~0ull, count - 192)}};
}

HEARTH_INLINE uint32_t group_rank(const uint8_t *group, const group_mask *mask) {
  return (uint32_t)(__builtin_popcountll(load64(group) & mask->words[0]) +
                    __builtin_popcountll(load64(group + 8) & mask->words[1]) +
                    __builtin_popcountll(load64(group + 16) & mask->words[2]) +
                    __builtin_popcountll(load64(group + 24) & mask->words[3]));
}

HEARTH_CLONES uint32_t hearth_group_rank(const uint8_t *group, uint32_t last) {
  const group_mask mask = mask_of_group(last);
  return group_rank(group, &mask);
}

/// How many rows of a list are at most `row` or, with `is_exact`, the row's index or -1.
HEARTH_INLINE int32_t list_find(
    const uint8_t *start, uint32_t count, uint32_t block_count, uint32_t row, int is_exact) {
  const uint32_t block = row >> 10;
  uint32_t lower = load16(start + 2 * block);
  uint32_t upper = block + 1 < block_count ? load16(start + 2 * block + 2) : count;
  const uint32_t end = upper;
  const uint8_t *rows = start + ((2 * block_count + 7) & ~7u);
  while (lower < upper) {
    const uint32_t middle = (lower + upper) >> 1;
    const uint32_t found = load16(rows + 2 * middle);
    if (is_exact ? found < row : found <= row) {
      lower = middle + 1;
    } else {
      upper = middle;
    }
  }
  if (!is_exact) return (int32_t)lower;
  return lower < end && load16(rows + 2 * lower) == row ? (int32_t)lower : -1;
}

/// Asks for the lines of a list that the row's place may lie in.
HEARTH_INLINE void list_ask(
    const uint8_t *start, uint32_t count, uint32_t block_count, uint32_t row) {
  const uint32_t block = row >> 10;
  const uint32_t lower = load16(start + 2 * block);
  const uint32_t upper = block + 1 < block_count ? load16(start + 2 * block + 2) : count;
  const uint8_t *rows = start + ((2 * block_count + 7) & ~7u);
  const uint8_t *last = rows + 2 * upper;
  // No more than a block's directory tells: a block that is all exceptions takes 32 lines.
  const uint8_t *end = rows + 2 * lower + 256 < last ? rows + 2 * lower + 256 : last;
  for (const uint8_t *at = rows + 2 * lower; at < end; at += 64) ask(at);
}

HEARTH_INLINE const hearth_marks *marks_of(const hearth_row_plan *plan) {
  return (const hearth_marks *)(plan + 1);
}

HEARTH_INLINE const hearth_list *lists_of(const hearth_row_plan *plan) {
  return (const hearth_list *)(marks_of(plan) + plan->mark_count);
}

HEARTH_INLINE const hearth_line *lines_of(const hearth_row_plan *plan) {
  return (const hearth_line *)(lists_of(plan) + plan->list_count);
}

HEARTH_INLINE const hearth_sparse *sparse_of(const hearth_row_plan *plan) {
  return (const hearth_sparse *)(lines_of(plan) + plan->line_count);
}

HEARTH_INLINE const hearth_column *columns_of(const hearth_row_plan *plan) {
  return (const hearth_column *)(sparse_of(plan) + plan->sparse_count);
}

HEARTH_INLINE const hearth_constant *constants_of(const hearth_row_plan *plan) {
  return (const hearth_constant *)(columns_of(plan) + plan->column_count);
}

HEARTH_CLONES void hearth_row_ask_lists(const hearth_row_plan *plan, uint32_t row) {
  const hearth_marks *marks = marks_of(plan);
  for (uint32_t index = 0; index < plan->mark_count; index++, marks++) {
    if (marks->is_listed) list_ask(marks->start, marks->count, marks->block_count, row);
  }
  const hearth_list *list = lists_of(plan);
  for (uint32_t index = 0; index < plan->list_count; index++, list++) {
    list_ask(list->start, list->count, list->block_count, row);
  }
  const hearth_sparse *sparse = sparse_of(plan);
  for (uint32_t index = 0; index < plan->sparse_count; index++, sparse++) {
    if (sparse->slot != 0) continue;
    list_ask(sparse->others.start, sparse->others.count, sparse->others.block_count, row);
  }
}

HEARTH_CLONES void hearth_row_find(const hearth_row_plan *plan, uint32_t row, int32_t *places) {
  *places++ = (int32_t)row;
  const hearth_marks *marks = marks_of(plan);
  const uint32_t group = row / 240;
  const uint32_t inside = row - group * 240;
  const group_mask mask = mask_of_group(inside);
  for (uint32_t index = 0; index < plan->mark_count; index++, marks++) {
    if (marks->is_listed) {
      const int32_t found =
          list_find(marks->start, marks->count, marks->block_count, row, marks->is_presence);
      *places++ = marks->is_presence ? found : found - 1;
      continue;
    }
    const uint8_t *at = marks->start + group * 32;
    const int32_t place = (int32_t)load16(at) + (int32_t)group_rank(at, &mask) - 1;
    const uint32_t bit = inside + 16;
    const int is_marked = (at[bit >> 3] >> (bit & 7)) & 1;
    *places++ = marks->is_presence && !is_marked ? -1 : place;
  }
  const hearth_list *list = lists_of(plan);
  for (uint32_t index = 0; index < plan->list_count; index++, list++) {
    *places++ = list_find(list->start, list->count, list->block_count, row, 1);
  }
}

// Columns

HEARTH_INLINE const uint8_t *lane_of(const hearth_column *column, uint32_t place) {
  return column->codes + (uint64_t)(place >> 10) * (column->width * 128u) + (place & 63) * 2;
}

HEARTH_INLINE uint64_t transposed_code(const hearth_column *column, uint32_t place) {
  const uint32_t width = column->width;
  const uint32_t bit = ((place >> 6) & 15) * width;
  const uint8_t *lane = lane_of(column, place);
  // Where both words are one word, the bits of the second copy are masked away.
  const uint32_t low = load16(lane + (bit >> 4) * 128);
  const uint32_t high = load16(lane + ((bit + width - 1) >> 4) * 128);
  return ((low | high << 16) >> (bit & 15)) & ((1u << width) - 1);
}

HEARTH_INLINE void ask_transposed(const hearth_column *column, uint32_t place) {
  const uint32_t width = column->width;
  const uint32_t bit = ((place >> 6) & 15) * width;
  const uint8_t *lane = lane_of(column, place);
  ask(lane + (bit >> 4) * 128);
  ask(lane + ((bit + width - 1) >> 4) * 128);
}

HEARTH_INLINE void ask_plain(const hearth_column *column, uint32_t place) {
  ask(column->codes + (((uint64_t)place * column->width) >> 3));
}

HEARTH_INLINE uint32_t at_or_first(int32_t place) { return place < 0 ? 0 : (uint32_t)place; }

HEARTH_INLINE void ask_line(const hearth_line *line, uint32_t place) {
  if (line->width > 0) ask(line->codes + (((uint64_t)place * line->width) >> 3));
  if (line->bases > 0) ask(line->codes + line->bases + (uint64_t)(place >> 10) * 8);
}

/// The columns that are read at the row, without those whose codes lie together.
HEARTH_INLINE const hearth_column *own_columns(const hearth_row_plan *plan) {
  const uint16_t *counts = plan->counts[0];
  return columns_of(plan) + (counts[hearth_kind_row] + counts[hearth_kind_row_dictionary]);
}

HEARTH_INLINE const hearth_column *placed_columns(const hearth_row_plan *plan) {
  const hearth_column *column = columns_of(plan);
  for (int kind = 0; kind < hearth_kind_count; kind++) column += plan->counts[0][kind];
  return column;
}

HEARTH_CLONES void hearth_row_ask(const hearth_row_plan *plan, uint32_t row) {
  const hearth_marks *marks = marks_of(plan);
  const uint32_t group = row / 240 * 32;
  const uint32_t directory = (row >> 10) * 2;
  for (uint32_t index = 0; index < plan->mark_count; index++) {
    ask(marks[index].start + (marks[index].is_listed ? directory : group));
  }
  const hearth_list *lists = lists_of(plan);
  for (uint32_t index = 0; index < plan->list_count; index++) ask(lists[index].start + directory);
  const hearth_line *line = lines_of(plan);
  for (uint32_t index = 0; index < plan->line_count; index++, line++) {
    if (line->slot == 0) ask_line(line, row);
  }
  const hearth_sparse *sparse = sparse_of(plan);
  for (uint32_t index = 0; index < plan->sparse_count; index++, sparse++) {
    if (sparse->slot == 0) ask(sparse->others.start + directory);
  }
  const uint64_t bit = (uint64_t)row * plan->row_stride;
  if (plan->row_stride > 0) {
    ask(plan->row_codes + (bit >> 3));
    ask(plan->row_codes + ((bit + plan->row_stride - 1) >> 3));
  }
  const uint16_t *counts = plan->counts[0];
  const hearth_column *column = own_columns(plan);
  const hearth_column *end = column + counts[hearth_kind_transposed];
  for (; column < end; column++) ask_transposed(column, row);
  end += counts[hearth_kind_plain];
  for (; column < end; column++) ask_plain(column, row);
  end += counts[hearth_kind_dictionary];
  for (; column < end; column++) ask_transposed(column, row);
  end += counts[hearth_kind_flags] + counts[hearth_kind_general];
  for (; column < end; column++) ask_plain(column, row);
}

HEARTH_CLONES void hearth_row_ask_places(const hearth_row_plan *plan, const int32_t *places) {
  const hearth_line *line = lines_of(plan);
  for (uint32_t index = 0; index < plan->line_count; index++, line++) {
    if (line->slot != 0) ask_line(line, at_or_first(places[line->slot]));
  }
  const hearth_sparse *sparse = sparse_of(plan);
  for (uint32_t index = 0; index < plan->sparse_count; index++, sparse++) {
    if (sparse->slot == 0) continue;
    // The list of a few places: its rows lie behind its directory.
    ask(sparse->others.start);
    ask(sparse->others.start + 64);
  }
  const uint16_t *counts = plan->counts[1];
  const hearth_column *column = placed_columns(plan);
  const hearth_column *end = column + counts[hearth_kind_transposed];
  for (; column < end; column++) ask_transposed(column, at_or_first(places[column->slot]));
  end += counts[hearth_kind_plain];
  for (; column < end; column++) ask_plain(column, at_or_first(places[column->slot]));
  end += counts[hearth_kind_dictionary];
  for (; column < end; column++) ask_transposed(column, at_or_first(places[column->slot]));
  end += counts[hearth_kind_flags] + counts[hearth_kind_general];
  for (; column < end; column++) ask_plain(column, at_or_first(places[column->slot]));
}

/// Stores what a code means; false when the caller has to read it.
HEARTH_INLINE int store_code(
    const hearth_column *column, uint64_t code, uint64_t mask, int32_t place, int64_t *values) {
  const int64_t value = column->base + (int64_t)(code << column->shift);
  values[column->field] = place < 0 ? HEARTH_ABSENT : value;
  return code <= mask - column->special_count;
}

HEARTH_INLINE uint32_t leave(uint16_t field, uint16_t slot, hearth_rest *rest, uint32_t count) {
  rest[count].field = field;
  rest[count].slot = slot;
  return count + 1;
}

/// Reads the columns whose codes lie together.
HEARTH_INLINE uint32_t gather_row_codes(
    const hearth_row_plan *plan, uint32_t row, int64_t *values, hearth_rest *rest, uint32_t count) {
  const uint8_t *codes = plan->row_codes;
  const uint64_t start = (uint64_t)row * plan->row_stride;
  const hearth_column *column = columns_of(plan);
  const hearth_column *end = column + plan->counts[0][hearth_kind_row];
  for (; column < end; column++) {
    const uint64_t bit = start + column->slot;
    const uint32_t mask = ~0u >> (32 - column->width);
    const uint32_t code = (uint32_t)(load64(codes + (bit >> 3)) >> (bit & 7)) & mask;
    values[column->field] = column->base + ((int64_t)code << column->shift);
    if (code > mask - column->special_count) count = leave(column->field, 0, rest, count);
  }
  end += plan->counts[0][hearth_kind_row_dictionary];
  for (; column < end; column++) {
    const uint64_t bit = start + column->slot;
    const uint32_t mask = ~0u >> (32 - column->width);
    const uint32_t code = (uint32_t)(load64(codes + (bit >> 3)) >> (bit & 7)) & mask;
    if (code > mask - column->special_count || code >= column->base) {
      count = leave(column->field, 0, rest, count);
    } else {
      values[column->field] = (int64_t)load64(column->codes + code * 8ull);
    }
  }
  return count;
}

HEARTH_INLINE uint32_t gather_part(
    const hearth_column *column, const uint16_t *counts, const int32_t *places, int64_t *values,
    hearth_rest *rest, uint32_t count) {
  const hearth_column *end = column + counts[hearth_kind_transposed];
  for (; column < end; column++) {
    const int32_t place = places[column->slot];
    const uint64_t code = transposed_code(column, at_or_first(place));
    if (!store_code(column, code, (1u << column->width) - 1, place, values)) {
      count = leave(column->field, column->slot, rest, count);
    }
  }
  end += counts[hearth_kind_plain];
  for (; column < end; column++) {
    const int32_t place = places[column->slot];
    const uint64_t bit = (uint64_t)at_or_first(place) * column->width;
    const uint64_t mask = ~0ull >> (64 - column->width);
    const uint64_t code = (load64(column->codes + (bit >> 3)) >> (bit & 7)) & mask;
    if (!store_code(column, code, mask, place, values)) count = leave(column->field, column->slot, rest, count);
  }
  end += counts[hearth_kind_dictionary];
  for (; column < end; column++) {
    const int32_t place = places[column->slot];
    const uint64_t code = transposed_code(column, at_or_first(place));
    const uint64_t ordinary_max = ((1u << column->width) - 1) - column->special_count;
    if (code > ordinary_max || code >= (uint32_t)column->base) {
      values[column->field] = HEARTH_ABSENT;
      if (place >= 0) count = leave(column->field, column->slot, rest, count);
      continue;
    }
    const int64_t entry =
        (int64_t)load64(column->codes + ((uint64_t)column->base >> 32) + code * 8);
    values[column->field] = place < 0 ? HEARTH_ABSENT : entry;
  }
  end += counts[hearth_kind_flags];
  for (; column < end; column++) {
    const int32_t place = places[column->slot];
    const uint32_t bit = at_or_first(place);
    const int64_t value = column->base + ((column->codes[bit >> 3] >> (bit & 7)) & 1);
    values[column->field] = place < 0 ? HEARTH_ABSENT : value;
  }
  end += counts[hearth_kind_general];
  for (; column < end; column++) count = leave(column->field, column->slot, rest, count);
  return count;
}

/// Reads a line at a place, which may be below 0; false when the caller has to read it.
HEARTH_INLINE int line_value(const hearth_line *line, int32_t place, int64_t *value) {
  const uint32_t at = at_or_first(place);
  uint64_t code = 0;
  int is_known = 1;
  if (line->width > 0) {
    const uint64_t bit = (uint64_t)at * line->width;
    const uint64_t mask = ~0ull >> (64 - line->width);
    code = (load64(line->codes + (bit >> 3)) >> (bit & 7)) & mask;
    is_known = code <= mask - line->special_count || place < 0;
  }
  const uint64_t base = line->bases > 0
                            ? load64(line->codes + line->bases + (uint64_t)(at >> 10) * 8)
                            : (uint64_t)line->base;
  const uint64_t sum = base + (uint64_t)line->slope * at + code;
  *value = place < 0 ? HEARTH_ABSENT : (int64_t)sum;
  return is_known;
}

HEARTH_CLONES int hearth_row_link(
    const hearth_row_plan *plan, const int32_t *places, int64_t *value) {
  if (plan->link_line >= plan->line_count) return 0;
  const hearth_line *line = lines_of(plan) + plan->link_line;
  return line_value(line, places[line->slot], value);
}

HEARTH_INLINE uint32_t gather_lines(
    const hearth_row_plan *plan, const int32_t *places, int64_t *values, hearth_rest *rest) {
  uint32_t count = 0;
  const hearth_line *line = lines_of(plan);
  for (uint32_t index = 0; index < plan->line_count; index++, line++) {
    if (!line_value(line, places[line->slot], values + line->field)) {
      count = leave(line->field, line->slot, rest, count);
    }
  }
  const hearth_sparse *sparse = sparse_of(plan);
  for (uint32_t index = 0; index < plan->sparse_count; index++, sparse++) {
    const int32_t place = places[sparse->slot];
    const hearth_list *others = &sparse->others;
    values[sparse->field] = place < 0 ? HEARTH_ABSENT : sparse->value;
    if (place >= 0 && list_find(others->start, others->count, others->block_count,
                                (uint32_t)place, 1) >= 0) {
      count = leave(sparse->field, sparse->slot, rest, count);
    }
  }
  return count;
}

HEARTH_CLONES uint32_t hearth_row_gather(
    const hearth_row_plan *plan, const int32_t *places, int64_t *values, hearth_rest *rest) {
  for (uint32_t index = 0; index < plan->value_count; index++) values[index] = HEARTH_ABSENT;
  const hearth_constant *constants = constants_of(plan);
  for (uint32_t index = 0; index < plan->constant_count; index++) {
    values[constants[index].field] = constants[index].value;
  }
  uint32_t count = gather_lines(plan, places, values, rest);
  count = gather_row_codes(plan, (uint32_t)places[0], values, rest, count);
  count = gather_part(own_columns(plan), plan->counts[0], places, values, rest, count);
  return gather_part(placed_columns(plan), plan->counts[1], places, values, rest, count);
}

// Words

enum { places_offset = 64, pairs_offset = 256 };

HEARTH_CLONES void hearth_tokens_ask(const hearth_tokens *tokens, uint32_t row) {
  // The tables of ranges are read at many places.
  const uint8_t *end = tokens->ranges + pairs_offset + 256;
  for (const uint8_t *at = tokens->ranges; at < end; at += 64) ask(at);
  ask(tokens->anchors + (row >> 5) * 2);
  ask(tokens->bases + (row >> 10) * 4);
}

/// Where a row's group of 32 begins in the stream.
HEARTH_INLINE uint64_t group_start(const hearth_tokens *tokens, uint32_t row) {
  return load32(tokens->bases + (row >> 10) * 4) +
         ((uint64_t)load16(tokens->anchors + (row >> 5) * 2) << tokens->anchor_shift);
}

HEARTH_CLONES void hearth_tokens_ask_group(const hearth_tokens *tokens, uint32_t row) {
  const uint8_t *line = tokens->stream + (group_start(tokens, row) >> 3);
  ask(line);
  ask(line + 64);
}

/// 57 bits of the stream from `bit`.
HEARTH_INLINE uint64_t stream_word(const uint8_t *stream, uint64_t bit) {
  return load64(stream + (bit >> 3)) >> (bit & 7);
}

HEARTH_CLONES void hearth_tokens_find(
    const hearth_tokens *tokens, uint32_t row, hearth_token_places *places) {
  places->values[0] = UINT32_MAX;
  places->values[1] = places->values[2] = 0;
  places->known = 7;
  const uint32_t step = tokens->widths[0] + tokens->widths[1] + tokens->widths[2];
  const uint64_t start = group_start(tokens, row);
  if (start + 32 * step > tokens->stream_bit_count) return;
  const uint8_t *stream = tokens->stream;
  const uint8_t *ranges = tokens->ranges;
  // The widths of the rows before are added; four rows' numbers are at most 48 bits.
  const uint32_t pair_width = tokens->widths[0] + tokens->widths[1];
  const uint64_t pair_mask = (1u << pair_width) - 1;
  const uint64_t last_mask = (1u << tokens->widths[2]) - 1;
  const uint8_t *pairs = ranges + pairs_offset;
  const uint8_t *lasts = ranges + 32;
  uint64_t bit = start + 32 * step;
  uint64_t number = start;
#define PLACE_BITS(word) (pairs[(word) & pair_mask] + lasts[((word) >> pair_width) & last_mask])
  for (uint32_t four = 0; four < (row & 31) >> 2; four++) {
    const uint64_t word = stream_word(stream, number);
    bit += PLACE_BITS(word) + PLACE_BITS(word >> step);
    bit += PLACE_BITS(word >> 2 * step) + PLACE_BITS(word >> 3 * step);
    number += 4 * step;
  }
  const uint64_t word = stream_word(stream, number);
  const uint32_t rest = row & 3;
  bit += rest > 0 ? PLACE_BITS(word) : 0;
  bit += rest > 1 ? PLACE_BITS(word >> step) : 0;
  bit += rest > 2 ? PLACE_BITS(word >> 2 * step) : 0;
#undef PLACE_BITS
  uint64_t numbers = word >> rest * step;

  uint32_t indexes[3];
  uint32_t end = 0;
  for (uint32_t part = 0; part < 3; part++) {
    indexes[part] = part * 16 + (uint32_t)(numbers & ((1u << tokens->widths[part]) - 1));
    numbers >>= tokens->widths[part];
    end += ranges[indexes[part]];
  }
  if (bit + end > tokens->stream_bit_count) return;
  places->known = 0;
  for (uint32_t part = 0; part < tokens->part_count; part++) {
    const uint32_t width = ranges[indexes[part]];
    const uint32_t inside = (uint32_t)(stream_word(stream, bit) & ((1ull << width) - 1));
    bit += width;
    const uint32_t first = load32(ranges + places_offset + indexes[part] * 4);
    if (first == UINT32_MAX) {
      places->known |= 1u << part;
      places->values[part] = inside <= tokens->raw_limits[part] ? inside - 2 : UINT32_MAX;
      continue;
    }
    const uint64_t place = (uint64_t)first + inside;
    if (place >= tokens->place_counts[part]) {
      places->known |= 1u << part;
      places->values[part] = UINT32_MAX;
      continue;
    }
    places->values[part] = (uint32_t)place;
    ask(tokens->entries[part] + ((place * tokens->entry_widths[part]) >> 3));
  }
}

HEARTH_CLONES void hearth_tokens_codes(const hearth_tokens *tokens, hearth_token_places *places) {
  for (uint32_t part = 0; part < tokens->part_count; part++) {
    if (places->known >> part & 1) continue;
    const uint32_t width = tokens->entry_widths[part];
    const uint64_t bit = (uint64_t)places->values[part] * width;
    const uint64_t entry = stream_word(tokens->entries[part], bit) & ((1ull << width) - 1);
    places->values[part] = (uint32_t)entry - 2;
  }
  places->known = 7;
}
