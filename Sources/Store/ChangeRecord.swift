// One committed change: who changed what, when and why.
//
//   OFFSET  SIZE  FIELD
//        0     8  microseconds since 1970-01-01 UTC when it was recorded, Int64
//        8     4  day from which it holds, in days since 1970-01-01; the least Int32: none named
//       12     4  zero
//           then three texts, each 4 byte count and its UTF-8: actor, reason, source
//            4  row count, then for each row: 2 table, 1 what was done, 1 zero, 4 row
//            4  hash count, then for each 8: a key that a row has since this change
//     last 8      XXH3 of everything before ^ mix(key as one u64)
//
// The key is the change's number as one u64.

import Bytes
public import Rows

/// Who changes rows and why, kept with the change.
public struct ChangeReason: Equatable, Sendable {
  /// Who makes the change: a person's or a service's name in the register's own terms.
  public var actor: String
  /// Why, such as the kind of an event.
  public var reason: String
  /// Where the new values come from, such as the number of a document.
  public var source: String
  /// The day from which the change holds, of one known to a month or year its first; nil when none
  /// is named.
  public var effectiveDay: Day?

  /// Names who changes rows and why.
  public init(
    actor: String = "", reason: String = "", source: String = "", effectiveDay: Day? = nil
  ) {
    self.actor = actor
    self.reason = reason
    self.source = source
    self.effectiveDay = effectiveDay
  }
}

/// One committed change.
package struct ChangeRecord: Equatable, Sendable {
  /// What was done to a row.
  package enum Action: UInt8, Sendable {
    case inserted
    case updated
    case deleted
    /// Its values stayed; they no longer follow from another row that changed.
    case kept
  }

  package struct ChangedRow: Equatable, Sendable {
    package var table: Int
    package var action: Action
    package var row: Int
  }

  package var microseconds: Int64
  package var reason: ChangeReason
  package var rows: [ChangedRow]
  package var keyHashes: [UInt64]

  func encoded(key: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(microseconds)
    writer.append(reason.effectiveDay?.daysSince1970 ?? .min)
    writer.append(UInt32(0))
    for text in [reason.actor, reason.reason, reason.source] { writer.append(text: text) }
    writer.append(UInt32(rows.count))
    for row in rows {
      writer.append(UInt16(row.table))
      writer.append(row.action.rawValue)
      writer.append(UInt8(0))
      writer.append(UInt32(row.row))
    }
    writer.append(UInt32(keyHashes.count))
    for hash in keyHashes { writer.append(hash) }
    writer.append(checksum(writer.bytes) ^ mix(key))
    return writer.bytes
  }

  init(reading bytes: LentBytes, key: UInt64) throws(Corruption) {
    let end = bytes.count - 8
    guard end >= 16 else { throw Corruption(.change, at: bytes.count) }
    guard bytes.load(end, as: UInt64.self) == checksum(bytes.part(0, end)) ^ mix(key) else {
      throw Corruption(.change, at: end)
    }
    var reader = ByteReader(bytes.part(0, end), of: .change)
    microseconds = try reader.next()
    let day = try reader.next(Int32.self)
    let effectiveDay = day == .min ? nil : Day(daysSince1970: Int(day))
    guard day == .min || effectiveDay != nil else { throw Corruption(.change, at: 8) }
    guard try reader.next(UInt32.self) == 0 else { throw Corruption(.change, at: 12) }
    reason = ChangeReason(
      actor: try reader.nextText(), reason: try reader.nextText(), source: try reader.nextText(),
      effectiveDay: effectiveDay)
    rows = []
    for _ in 0..<(try reader.nextCount(byteCountEach: 8)) {
      let at = reader.offset
      let table = Int(try reader.next(UInt16.self))
      guard let action = Action(rawValue: try reader.next()), try reader.next(UInt8.self) == 0
      else { throw Corruption(.change, at: at) }
      rows.append(
        ChangedRow(table: table, action: action, row: Int(try reader.next(UInt32.self))))
    }
    keyHashes = []
    for _ in 0..<(try reader.nextCount(byteCountEach: 8)) { keyHashes.append(try reader.next()) }
    guard reader.isAtEnd else { throw Corruption(.change, at: reader.offset) }
  }

  private init() {
    (microseconds, reason, rows, keyHashes) = (0, ChangeReason(), [], [])
  }

  /// A change that is about to be committed.
  static func begun(_ reason: ChangeReason, microseconds: Int64) -> ChangeRecord {
    var made = ChangeRecord()
    made.reason = reason
    made.microseconds = microseconds
    return made
  }
}
