// The sizes at which a load parts its work; tests choose small ones to see what happens there.

/// Sizes and limits of one load.
///
/// Those of the default are the product's.
package struct LoadLimits: Equatable, Sendable {
  /// Bytes that a piece of a file aims at.
  package var pieceByteCount = 2 << 20
  /// Records that are parsed together, 128 at most.
  package var batchRecordCountMax = RecordBatch.capacity
  /// A dictionary takes no more words than this; others are stored as texts of their own.
  package var wordCountMax = 1 << 20
  /// From this many words on, a dictionary of which a piece's words are mostly new is frozen.
  package var frozenCountMin = 1 << 16
  /// A text of more bytes than this is no word of a dictionary.
  package var wordTextByteCountMax = 1_024
  /// A segment that holds so many bytes of texts is ended, however few rows it has.
  package var segmentTextByteCountMax = 64 << 20
  /// Bytes of files that a bucket of sorted records aims at.
  package var bucketByteCount = 4 << 20
  /// Records of a bucket of more bytes than this are not held in memory together.
  package var bucketByteCountMax = 32 << 20

  package init() {}

  var delimited: DelimitedLimits {
    var limits = DelimitedLimits()
    limits.pieceByteCount = min(pieceByteCount, limits.recordByteCountMax)
    return limits
  }
}
