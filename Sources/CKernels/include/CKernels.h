// What Swift cannot say well today: a prefetch, which of 64 bytes are one byte or digits, and
// a filter that is asked while it grows.
//
// Everything here is inline, so that it becomes part of the Swift loop that calls it; RowKernels.h
// has the functions that read one row, ColumnKernels.h those that go over a column, and Memory.h
// what a process asks of its memory.
#ifndef HEARTH_CKERNELS_H
#define HEARTH_CKERNELS_H

#include "ColumnKernels.h"
#include "Memory.h"
#include "RowKernels.h"

#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Asks for the cache line at `address`. Never faults.
static inline __attribute__((always_inline)) void hearth_prefetch(const void *address) {
  __builtin_prefetch(address, 0, 3);
}

/// Bit i is set where byte i of the 64 bytes at `bytes` equals `wanted`.
static inline __attribute__((always_inline)) uint64_t hearth_mask64(const void *bytes, uint8_t wanted) {
#if defined(__SSE2__)
  const __m128i *at = (const __m128i *)bytes;
  const __m128i key = _mm_set1_epi8((char)wanted);
  uint64_t a = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(at), key));
  uint64_t b = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(at + 1), key));
  uint64_t c = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(at + 2), key));
  uint64_t d = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(at + 3), key));
  return a | (b << 16) | (c << 32) | (d << 48);
#else
  const uint8_t *at = (const uint8_t *)bytes;
  uint64_t mask = 0;
  for (int i = 0; i < 64; i++) mask |= (uint64_t)(at[i] == wanted) << i;
  return mask;
#endif
}

/// Bit i is set where byte i of the 64 bytes at `bytes` equals one of three.
static inline __attribute__((always_inline)) uint64_t hearth_mask64of3(
    const void *bytes, uint8_t one, uint8_t two, uint8_t three) {
#if defined(__SSE2__)
  const __m128i *at = (const __m128i *)bytes;
  const __m128i first = _mm_set1_epi8((char)one);
  const __m128i second = _mm_set1_epi8((char)two);
  const __m128i third = _mm_set1_epi8((char)three);
  uint64_t mask = 0;
  for (int i = 0; i < 4; i++) {
    const __m128i bytes16 = _mm_loadu_si128(at + i);
    const __m128i found = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(bytes16, first), _mm_cmpeq_epi8(bytes16, second)),
        _mm_cmpeq_epi8(bytes16, third));
    mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(found) << (16 * i);
  }
  return mask;
#else
  return hearth_mask64(bytes, one) | hearth_mask64(bytes, two) | hearth_mask64(bytes, three);
#endif
}

/// Bit i is set where byte i of the 64 bytes at `bytes` is a digit.
static inline __attribute__((always_inline)) uint64_t hearth_digits64(const void *bytes) {
#if defined(__SSE2__)
  const __m128i *at = (const __m128i *)bytes;
  const __m128i zero = _mm_set1_epi8('0');
  const __m128i nine = _mm_set1_epi8(9);
  uint64_t mask = 0;
  for (int i = 0; i < 4; i++) {
    const __m128i digits = _mm_sub_epi8(_mm_loadu_si128(at + i), zero);
    const __m128i equal = _mm_cmpeq_epi8(_mm_min_epu8(digits, nine), digits);
    mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(equal) << (16 * i);
  }
  return mask;
#else
  const uint8_t *at = (const uint8_t *)bytes;
  uint64_t mask = 0;
  for (int i = 0; i < 64; i++) mask |= (uint64_t)((uint8_t)(at[i] - '0') <= 9) << i;
  return mask;
#endif
}

/// Adds a hash to a filter of `block_mask + 1` blocks of 64 bytes; other threads may ask meanwhile.
static inline __attribute__((always_inline)) void hearth_filter_add(
    uint64_t *words, uint64_t block_mask, uint64_t hash) {
  uint64_t *block = words + 8 * ((hash >> 40) & block_mask);
  for (int shift = 0; shift < 36; shift += 9) {
    const uint64_t bit = (hash >> shift) & 511;
    __atomic_fetch_or(block + (bit >> 6), 1ull << (bit & 63), __ATOMIC_RELAXED);
  }
}

/// Whether a hash may have been added; false only if it was not.
static inline __attribute__((always_inline)) int hearth_filter_may_have(
    const uint64_t *words, uint64_t block_mask, uint64_t hash) {
  const uint64_t *block = words + 8 * ((hash >> 40) & block_mask);
  uint64_t missing = 0;
  for (int shift = 0; shift < 36; shift += 9) {
    const uint64_t bit = (hash >> shift) & 511;
    missing |= ~(__atomic_load_n(block + (bit >> 6), __ATOMIC_RELAXED) >> (bit & 63));
  }
  return !(missing & 1);
}

#endif
