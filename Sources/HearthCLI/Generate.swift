// `hearth generate`: writes a folder of made-up people.

import ArgumentParser
import Foundation
import Generating

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write made-up people as comma-separated text.",
    discussion: """
      Writes households.csv, persons.csv, identifiers.csv, coverages.csv and a note, MADE-UP.txt.
      The same seed gives the same bytes, whatever the number of threads.

      90 million persons take 18 GB, and 9 GB more with --cards 2.5.
      """)

  @Option(help: "How many persons.")
  var persons: Int

  @Option(help: "What the people are drawn from; another seed gives other people.")
  var seed: UInt64 = 1

  @Option(help: "The folder to write to; it is made if need be.", completion: .directory)
  var output: String

  @Option(help: "Cards for each person on average, the current one included: 1 to 6.")
  var cards: Double = 1

  @Option(
    name: .customLong("year-only"),
    help: "Percent of persons of whose birth only the year is known.")
  var yearOnly: Double = 0

  @Option(
    help: ArgumentHelp(
      "Percent of lines of persons with each of twelve kinds of damage, up to 8; damage.csv says "
        + "which, and what a loader has to say of them."))
  var damage: Double = 0

  @Option(help: "The folder of schemas, with the data of the country in `people`.")
  var schemas: String = "Schemas"

  @Option(help: "Threads to work on; all processors by default.")
  var jobs: Int?

  func validate() throws {
    guard (1...People.personCountMax).contains(persons) else {
      throw ValidationError("--persons must be from 1 to \(People.personCountMax).")
    }
    guard (1...6).contains(cards) else { throw ValidationError("--cards must be from 1 to 6.") }
    guard (0...30).contains(yearOnly) else {
      throw ValidationError("--year-only must be from 0 to 30.")
    }
    guard (0...8).contains(damage) else { throw ValidationError("--damage must be from 0 to 8.") }
    guard jobs.map({ $0 > 0 }) ?? true else { throw ValidationError("--jobs must be at least 1.") }
  }

  func run() throws {
    let start = ContinuousClock.now
    do {
      let people = try People(
        seed: seed, personCount: persons, schemas: schemas,
        settings: PeopleSettings(
          cardsThousandths: Int((cards * 1_000).rounded()),
          yearOnlyPerHundredThousand: Int((yearOnly * 1_000).rounded()),
          damagePerHundredThousand: Int((damage * 1_000).rounded())))
      let folder = try FolderOutput(folder: output, people: people)
      try people.forEachPiece(
        threadCount: jobs ?? ProcessInfo.processInfo.activeProcessorCount
      ) { (piece: borrowing PieceText) throws(GeneratingError) in
        try folder.write(piece)
      }
      try folder.finish()
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let rate = Int(Double(persons) / max(seconds, 0.001))
      print(
        "\(persons) persons, \(folder.byteCount) bytes, "
          + "\((seconds * 100).rounded() / 100) s, \(rate) persons a second")
    } catch {
      throw RuntimeFailure(error)
    }
  }
}

/// A `GeneratingError` in words.
private struct RuntimeFailure: Error, CustomStringConvertible {
  let error: GeneratingError

  init(_ error: GeneratingError) { self.error = error }

  var description: String {
    var place = error.path
    if error.line > 0 { place += ", line \(error.line)" }
    let reason = unsafe String(cString: strerror(error.systemError))
    let system = error.systemError == 0 ? "" : ": " + reason
    return switch error.code {
    case .cannotRead: "Cannot read \(place)\(system)."
    case .cannotWrite: "Cannot write \(place)\(system)."
    case .brokenData: "The data file \(place) is not as it should be."
    case .personCountOutOfRange: "The number of persons must be from 1 to \(People.personCountMax)."
    case .cardsOutOfRange: "The number of cards must be from 1 to 6."
    case .damageOutOfRange: "The damage must be from 0 to 8 percent of each kind."
    }
  }
}
