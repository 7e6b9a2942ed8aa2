// Records of a piece that are parsed together, field by field.

import Bytes
import Rows

/// Well-formed records that follow one another; the texts of each column side by side.
@safe struct RecordBatch {
  static let capacity = 128

  /// The place of column c of record r at `c * capacity + r`.
  let places: ScratchView<TextPlace>
  /// Places of parts of a column's texts.
  let cuts: ScratchView<TextPlace>
  /// Records that a loop leaves to a closer look.
  let rest: ScratchView<UInt16>
  /// Not zero for records that a field refuses.
  let isRefused: ScratchView<UInt8>
  var count = 0
  var refusedCount = 0
  private let owners: (Scratch<TextPlace>, Scratch<TextPlace>, Scratch<UInt16>, Scratch<UInt8>)

  /// Room for records of which so many fields are kept, and one more.
  init(fieldCountMax: Int) {
    owners = (
      Scratch(count: (fieldCountMax + 1) * Self.capacity), Scratch(count: Self.capacity),
      Scratch(count: Self.capacity + 1), Scratch(count: Self.capacity)
    )
    (places, cuts, rest, isRefused) = (
      owners.0.view, owners.1.view, owners.2.view, owners.3.view
    )
  }

  /// The places of a column's texts.
  func column(_ column: Int) -> ScratchView<TextPlace> { places.from(column * Self.capacity) }

  /// The places of the part that a cut takes of each text of a column: nothing of a text that is
  /// too short for it, or that has another length than the cut asks for.
  ///
  /// Of a text with pairs of quotes it keeps the mark alone.
  func take(_ cut: Cut, from places: ScratchView<TextPlace>) -> ScratchView<TextPlace> {
    for record in 0..<count {
      let place = places[record]
      let count = cut.fits(place.count) ? cut.count : 0
      cuts[record] =
        place.hasPairs ? place : TextPlace(start: place.start + cut.offset, count: count)
    }
    return cuts
  }
}

extension RecordBatch {
  /// The places of texts without those that `isAbsent` finds.
  func empty(
    _ places: ScratchView<TextPlace>, of bytes: LentBytes, where isAbsent: (LentBytes) -> Bool
  ) -> ScratchView<TextPlace> {
    for record in 0..<count {
      let place = places[record]
      let isKept =
        place.hasPairs || place.count == 0
        || !isAbsent(bytes.part(place.start, place.start + place.count))
      cuts[record] = isKept ? place : TextPlace(start: place.start, count: 0)
    }
    return cuts
  }
}

extension Cut {
  /// Whether a text of so many bytes has the part, and the length that the cut asks for.
  @inline(__always)
  func fits(_ byteCount: Int) -> Bool {
    byteCount >= offset &+ count && byteCount == length ?? byteCount
  }
}
