// `--as-of` and `--known-at`: the moment at which rows are shown, counted and written.

import ArgumentParser
import Foundation
import Hearth

struct MomentOptions: ParsableArguments {
  @Option(
    help: "Rows as they held on this day, such as 2026-01-31; all that holds by default.",
    transform: { text in
      guard let day = try? Day(text), day.precision == .day else {
        throw ValidationError("\(text) is no day, such as 2026-01-31.")
      }
      return day
    })
  var asOf: Day?

  @Option(
    help: "Rows as they were known at this time, such as 2026-01-31T09:00:00Z; now by default.",
    transform: { text in
      guard let time = try? Date(text, strategy: .iso8601) else {
        throw ValidationError("\(text) is no time, such as 2026-01-31T09:00:00Z.")
      }
      return time
    })
  var knownAt: Date?

  /// Gives `body` a snapshot of the moment.
  func read<Result>(_ database: Database, _ body: (Snapshot) throws -> Result) throws -> Result {
    if asOf == nil, knownAt == nil { return try database.read(body) }
    let microseconds = knownAt.map { Int64(($0.timeIntervalSince1970 * 1_000_000).rounded(.down)) }
    return try database.read(at: Moment(asOf: asOf, knownAt: microseconds), body)
  }
}
