// Loops over whole columns of integers, in two versions: for any processor, and for x86 with AVX2.
//
// Both give the same.
#include "ColumnKernels.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static void survey_plainly(const int64_t *values, int64_t count, int64_t previous, int64_t reference,
                           struct hearth_survey *survey) {
  for (int64_t i = 0; i < count; i++) {
    const int64_t value = values[i];
    const int is_absent = value == INT64_MIN;
    survey->absent += is_absent;
    if (!is_absent && value < survey->least) survey->least = value;
    if (value > survey->greatest) survey->greatest = value;
    survey->differences |= is_absent ? 0 : value ^ reference;
    survey->changes += value != previous;
    survey->falls += value < previous;
    previous = value;
  }
}

static uint64_t code_set_plainly(const int64_t *values, int64_t count, int64_t least) {
  uint64_t set = 0;
  for (int64_t i = 0; i < count; i++)
    if (values[i] != INT64_MIN) set |= (uint64_t)1 << ((uint64_t)(values[i] - least) & 63);
  return set;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static int64_t sum(__m256i lanes) {
  int64_t each[4];
  _mm256_storeu_si256((__m256i *)each, lanes);
  return each[0] + each[1] + each[2] + each[3];
}

/// Surveys the integers from the second on, four at a time; returns how many it took in.
__attribute__((target("avx2"))) static int64_t survey_by_fours(const int64_t *values, int64_t count,
                                                               int64_t reference,
                                                               struct hearth_survey *survey) {
  const __m256i none = _mm256_set1_epi64x(INT64_MIN);
  const __m256i most = _mm256_set1_epi64x(INT64_MAX);
  const __m256i wanted = _mm256_set1_epi64x(reference);
  __m256i least = most, greatest = none, differences = _mm256_setzero_si256();
  // Comparisons give -1 for true.
  __m256i absent = differences, equal = differences, falls = differences;
  int64_t i = 1;
  for (; i + 4 <= count; i += 4) {
    const __m256i value = _mm256_loadu_si256((const __m256i *)(values + i));
    const __m256i before = _mm256_loadu_si256((const __m256i *)(values + i - 1));
    const __m256i is_absent = _mm256_cmpeq_epi64(value, none);
    const __m256i low = _mm256_blendv_epi8(value, most, is_absent);
    least = _mm256_blendv_epi8(least, low, _mm256_cmpgt_epi64(least, low));
    greatest = _mm256_blendv_epi8(greatest, value, _mm256_cmpgt_epi64(value, greatest));
    differences = _mm256_or_si256(
        differences, _mm256_andnot_si256(is_absent, _mm256_xor_si256(value, wanted)));
    absent = _mm256_sub_epi64(absent, is_absent);
    equal = _mm256_sub_epi64(equal, _mm256_cmpeq_epi64(value, before));
    falls = _mm256_sub_epi64(falls, _mm256_cmpgt_epi64(before, value));
  }
  int64_t lows[4], highs[4], bits[4];
  _mm256_storeu_si256((__m256i *)lows, least);
  _mm256_storeu_si256((__m256i *)highs, greatest);
  _mm256_storeu_si256((__m256i *)bits, differences);
  for (int lane = 0; lane < 4; lane++) {
    if (lows[lane] < survey->least) survey->least = lows[lane];
    if (highs[lane] > survey->greatest) survey->greatest = highs[lane];
    survey->differences |= bits[lane];
  }
  survey->absent += sum(absent);
  survey->changes += i - 1 - sum(equal);
  survey->falls += sum(falls);
  return i;
}

__attribute__((target("avx2"))) static uint64_t code_set_by_fours(const int64_t *values, int64_t count,
                                                                  int64_t least, int64_t *taken) {
  const __m256i none = _mm256_set1_epi64x(INT64_MIN);
  const __m256i one = _mm256_set1_epi64x(1);
  const __m256i from = _mm256_set1_epi64x(least);
  __m256i set = _mm256_setzero_si256();
  int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const __m256i value = _mm256_loadu_si256((const __m256i *)(values + i));
    const __m256i bit = _mm256_sllv_epi64(one, _mm256_sub_epi64(value, from));
    set = _mm256_or_si256(set, _mm256_andnot_si256(_mm256_cmpeq_epi64(value, none), bit));
  }
  uint64_t bits[4];
  _mm256_storeu_si256((__m256i *)bits, set);
  *taken = i;
  return bits[0] | bits[1] | bits[2] | bits[3];
}
#endif

struct hearth_survey hearth_survey(const int64_t *values, int64_t count, int64_t previous, int64_t reference) {
  struct hearth_survey survey = {INT64_MAX, INT64_MIN, 0, 0, 0, 0};
  int64_t taken = 0;
#if defined(__x86_64__)
  if (count > 4 && __builtin_cpu_supports("avx2")) {
    survey_plainly(values, 1, previous, reference, &survey);
    taken = survey_by_fours(values, count, reference, &survey);
    previous = values[taken - 1];
  }
#endif
  survey_plainly(values + taken, count - taken, previous, reference, &survey);
  return survey;
}

uint64_t hearth_code_set(const int64_t *values, int64_t count, int64_t least) {
  uint64_t set = 0;
  int64_t taken = 0;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) set = code_set_by_fours(values, count, least, &taken);
#endif
  return set | code_set_plainly(values + taken, count - taken, least);
}
