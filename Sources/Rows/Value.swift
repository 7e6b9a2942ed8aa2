// One value of one field, as callers hold it in their hands, and as text.

import Bytes

/// One value of one field.
public enum Value: Hashable, Sendable {
  /// The row has no value in the field; an empty text is a value.
  case absent
  /// An identifier, leading zeros included.
  case digits(String)
  /// A text.
  case text(String)
  /// A code of a code list.
  case code(String)
  /// A day.
  case day(Day)
  /// A whole number.
  case integer(Int64)
  /// A decimal number: `unscaled` divided by 10 to the power of `scale`.
  case decimal(unscaled: Int64, scale: Int)
  /// Yes or no.
  case flag(Bool)
}

extension Value: CustomStringConvertible {
  /// The value as `FieldText` reads it; an absent value is no text.
  public var description: String {
    switch self {
    case .absent: ""
    case .digits(let text), .text(let text), .code(let text): text
    case .day(let day): day.description
    case .integer(let value): String(value)
    case .decimal(let unscaled, let scale): decimalText(unscaled, scale: scale)
    case .flag(let value): value ? "1" : "0"
    }
  }
}

extension Value {
  /// The value that a stored integer is; nil if none of the type is stored so.
  package init?(stored: Int64, type: FieldType, codes: CodeList?) {
    guard stored != .min else {
      self = .absent
      return
    }
    switch type {
    case .digits(let count):
      guard stored >= 0, stored < powerOfTen(count) else { return nil }
      self = .digits(digitText(stored, count: count))
    case .code:
      guard let codes, stored >= 0, stored < Int64(codes.count) else { return nil }
      self = .code(codes.codes[Int(stored)])
    case .day:
      guard let day = Day(physical: stored) else { return nil }
      self = .day(day)
    case .integer: self = .integer(stored)
    case .decimal(let scale): self = .decimal(unscaled: stored, scale: scale)
    case .flag:
      guard stored == 0 || stored == 1 else { return nil }
      self = .flag(stored == 1)
    case .text: return nil
    }
  }
}

extension Day: CustomStringConvertible {
  /// The day as ISO 8601 writes it, as far as it is known: 2001-12-31, 2001-12 or 2001.
  public var description: String {
    var bytes: [UInt8] = []
    FieldText.append(day: self, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Reads a day as `description` writes it.
  public init(_ text: String) throws(FieldProblem) {
    let parsed = Array(text.utf8).lend { FieldText.day($0) }
    if let problem = parsed.problem { throw problem }
    guard let day = Day(physical: parsed.value) else { throw .notADay }
    self = day
  }
}

extension FieldText {
  /// Appends a stored integer as text; absent appends nothing.
  ///
  /// The integer must be one that the type stores.
  package static func append(
    _ stored: Int64, type: FieldType, codes: CodeList?, to bytes: inout [UInt8]
  ) {
    guard stored != .min else { return }
    switch type {
    case .digits(let count): append(digits: stored, count: count, to: &bytes)
    case .code:
      guard let codes, codes.codes.indices.contains(Int(stored)) else { return }
      bytes.append(contentsOf: codes.codes[Int(stored)].utf8)
    case .day:
      guard let day = Day(physical: stored) else { return }
      append(day: day, to: &bytes)
    case .integer: bytes.append(contentsOf: String(stored).utf8)
    case .decimal(let scale): bytes.append(contentsOf: decimalText(stored, scale: scale).utf8)
    case .flag: bytes.append(stored == 0 ? 0x30 : 0x31)
    case .text: preconditionFailure("a text has no stored integer")
    }
  }

  /// Appends a number with leading zeros.
  package static func append(digits value: Int64, count: Int, to bytes: inout [UInt8]) {
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0x30, count: count))
    var rest = value
    var index = start + count - 1
    while rest > 0, index >= start {
      bytes[index] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
      index -= 1
    }
  }

  package static func append(day: Day, to bytes: inout [UInt8]) {
    let parts = day.yearMonthDay
    append(digits: Int64(parts.year), count: 4, to: &bytes)
    if day.precision == .year { return }
    bytes.append(UInt8(ascii: "-"))
    append(digits: Int64(parts.month), count: 2, to: &bytes)
    if day.precision == .month { return }
    bytes.append(UInt8(ascii: "-"))
    append(digits: Int64(parts.day), count: 2, to: &bytes)
  }
}

private func digitText(_ value: Int64, count: Int) -> String {
  var bytes: [UInt8] = []
  FieldText.append(digits: value, count: count, to: &bytes)
  return String(decoding: bytes, as: UTF8.self)
}

private func decimalText(_ unscaled: Int64, scale: Int) -> String {
  let magnitude = unscaled.magnitude
  let unit = UInt64(powerOfTen(scale))
  let fraction = String(magnitude % unit)
  let zeros = String(repeating: "0", count: scale - fraction.count)
  return "\(unscaled < 0 ? "-" : "")\(magnitude / unit).\(zeros)\(fraction)"
}
