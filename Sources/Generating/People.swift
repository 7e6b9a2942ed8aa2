// Made-up people: a plan of pieces, each of which can be had as bytes or written to a folder.
//
// A piece depends only on the seed and its number. What depends on order, the counters of numbers,
// is given by `Numbering` piece by piece. So the bytes are the same for any number of threads.

import Bytes

/// What may be chosen about made-up people.
package struct PeopleSettings: Equatable, Sendable {
  /// Cards for each person on average, the current one included, in thousandths.
  package var cardsThousandths: Int
  /// Persons of whose birth only the year is known, in hundred thousandths; three times as many
  /// among those born before 1960.
  package var yearOnlyPerHundredThousand: Int

  /// Lines of persons with each kind of damage, in hundred thousandths.
  package var damagePerHundredThousand: Int

  package static let cardsThousandthsMax = 6_000
  /// So that at least every twenty-fifth line is whole.
  package static let damagePerHundredThousandMax = 8_000

  package init(
    cardsThousandths: Int = 1_000, yearOnlyPerHundredThousand: Int = 0,
    damagePerHundredThousand: Int = 0
  ) {
    self.cardsThousandths = cardsThousandths
    self.yearOnlyPerHundredThousand = yearOnlyPerHundredThousand
    self.damagePerHundredThousand = damagePerHundredThousand
  }
}

/// So many made-up people of one seed.
package final class People: Sendable {
  /// More would not find enough insurance numbers in the largest province.
  package static let personCountMax = 200_000_000

  package let seed: UInt64
  package let personCount: Int
  let model: PeopleModel
  let spans: [PieceSpan]
  let rendering: Rendering
  /// Nil where nothing is damaged.
  let damage: Damage?

  /// Plans people after the data files under `schemas`.
  package init(
    seed: UInt64, personCount: Int, schemas: String, settings: PeopleSettings = PeopleSettings()
  ) throws(GeneratingError) {
    guard (1...Self.personCountMax).contains(personCount) else {
      throw GeneratingError(.personCountOutOfRange)
    }
    guard (1_000...PeopleSettings.cardsThousandthsMax).contains(settings.cardsThousandths) else {
      throw GeneratingError(.cardsOutOfRange)
    }
    guard
      (0...PeopleSettings.damagePerHundredThousandMax).contains(settings.damagePerHundredThousand)
    else { throw GeneratingError(.damageOutOfRange) }
    self.seed = seed
    self.personCount = personCount
    damage =
      settings.damagePerHundredThousand == 0
      ? nil : Damage(perHundredThousand: settings.damagePerHundredThousand, seed: seed)
    model = try PeopleModel(schemas: schemas)
    spans = PieceSpan.all(personCount: personCount, country: model.country)
    var counts = [Int](repeating: 0, count: model.country.provinces.count)
    for span in spans { counts[span.province] = span.provincePersonCount }
    rendering = Rendering(
      model: model, seed: seed, settings: settings, provincePersonCount: counts)
  }

  package var pieceCount: Int { spans.count }

  /// Makes all pieces on `threadCount` threads, and hands their text on in order.
  ///
  /// `body` is called for one piece after another, never at the same time; the first error that it
  /// throws ends the work and is thrown on.
  package func forEachPiece(
    threadCount: Int, _ body: @Sendable (borrowing PieceText) throws(GeneratingError) -> Void
  ) throws(GeneratingError) {
    let line = PieceLine(people: self)
    try line.run(threadCount: threadCount, body)
  }

  /// The whole text of all four files, without headers; for small countries.
  package func bytes(threadCount: Int = 1) throws(GeneratingError) -> [PeopleFile: [UInt8]] {
    let collected = Collected()
    try forEachPiece(threadCount: threadCount) {
      (piece: borrowing PieceText) throws(GeneratingError) in
      for file in PeopleFile.allCases {
        piece.lend(file) { collected.files[file, default: []].append(contentsOf: $0.copied) }
      }
    }
    return collected.files
  }
}

/// Bytes gathered by calls that never overlap.
private final class Collected: @unchecked Sendable {
  var files: [PeopleFile: [UInt8]] = [:]
}
