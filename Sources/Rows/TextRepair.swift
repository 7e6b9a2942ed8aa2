// Repairs of texts that are known to be damaged: made only where a load plan names them, each
// counted by its name.

package import Bytes

/// A repair that a load plan may name.
public enum TextRepair: String, CaseIterable, Equatable, Sendable {
  /// Zeros in front of an identifier or a code that a spreadsheet dropped: two at most.
  case leadingZeros = "leading_zeros"
  /// A point and zeros behind a whole number.
  case trailingPointZero = "trailing_point_zero"
  /// Ð (U+00D0) and Ɖ (U+0189), small letters too, in place of Đ.
  case lookAlikeD = "look_alike_d"
  /// Spaces around a text, no-break spaces, and spaces side by side.
  case spaces
  /// ’ and ʼ in place of '.
  case apostrophe
  /// Spaces, points and dashes between the digits of an identifier.
  case separators
  /// +84 or 84 in place of the first zero of a phone number.
  case countryCode = "country_code"
  /// A mobile number of eleven digits from before 2018, by the schema's code list of prefixes.
  case outdatedPhone = "outdated_phone"

  /// Whether the repair is for fields of a type.
  package func fits(_ type: FieldType) -> Bool {
    switch (self, type) {
    case (.spaces, _): true
    case (.lookAlikeD, .text), (.apostrophe, .text): true
    case (.leadingZeros, .digits), (.leadingZeros, .code): true
    case (.trailingPointZero, .digits), (.trailingPointZero, .code), (.trailingPointZero, .integer):
      true
    case (.separators, .digits), (.countryCode, .digits): true
    case (.outdatedPhone, .digits(count: 10)): true
    default: false
    }
  }
}

/// First digits of phone numbers, and those that replaced them.
package struct ReplacedPrefix: Equatable, Sendable {
  let old: [UInt8]
  let new: [UInt8]

  /// Those of the schema's list of prefixes of mobile numbers that were replaced in 2018; nil if it
  /// has none.
  package static func all(in schema: Schema) -> [ReplacedPrefix]? {
    guard let list = schema.codeList("outdated_mobile_prefix"),
      let attribute = list.attributePosition("prefix")
    else { return nil }
    return list.codes.indices.map {
      ReplacedPrefix(
        old: Array(list.codes[$0].utf8), new: Array((list.attribute(attribute, of: $0) ?? "").utf8))
    }
  }
}

/// Repairs that are made one after the other.
package struct TextRepairs: Equatable, Sendable {
  package let repairs: [TextRepair]
  private let type: FieldType
  private let prefixes: [ReplacedPrefix]

  /// `prefixes` are those of outdated numbers.
  package init(
    _ repairs: [TextRepair], of type: FieldType, prefixes: [ReplacedPrefix] = []
  ) {
    // Zeros can be counted only when all else is gone.
    let order: [TextRepair] = [
      .spaces, .apostrophe, .lookAlikeD, .separators, .countryCode, .outdatedPhone,
      .trailingPointZero, .leadingZeros,
    ]
    self.repairs = order.filter { repairs.contains($0) }
    self.type = type
    self.prefixes = prefixes
  }

  /// A text as it should have been, and the repairs that changed it; nil if none did.
  package func repaired(_ text: LentBytes) -> (bytes: [UInt8], made: [TextRepair])? {
    var bytes = text.copied
    var made: [TextRepair] = []
    for repair in repairs {
      let changed = apply(repair, bytes)
      guard changed != bytes else { continue }
      bytes = changed
      made.append(repair)
    }
    return made.isEmpty ? nil : (bytes, made)
  }

  /// The stored integer of a text that is none as it stands, and the repairs that made it one.
  package func value(
    of text: LentBytes, _ parse: (LentBytes) -> ParsedField
  ) -> (value: Int64, made: [TextRepair])? {
    let (bytes, made) = repaired(text) ?? (text.copied, [])
    let parsed = bytes.lend(parse)
    if parsed.problem == nil { return made.isEmpty ? nil : (parsed.value, made) }
    // How many zeros a code has lost only its list can tell.
    guard case .code = type, repairs.contains(.leadingZeros), !bytes.isEmpty else { return nil }
    for count in 1...FieldProblem.lostZeroCountMax {
      let padded = (Array(repeating: 0x30, count: count) + bytes).lend(parse)
      if padded.problem == nil { return (padded.value, made + [.leadingZeros]) }
    }
    return nil
  }

  private func apply(_ repair: TextRepair, _ bytes: [UInt8]) -> [UInt8] {
    switch repair {
    case .spaces: withoutSpaces(bytes)
    case .apostrophe: replaced(bytes, [[0xE2, 0x80, 0x99], [0xCA, 0xBC]], by: [0x27])
    case .lookAlikeD:
      replaced(
        replaced(bytes, [[0xC3, 0x90], [0xC6, 0x89]], by: [0xC4, 0x90]),
        [[0xC3, 0xB0], [0xC9, 0x96]], by: [0xC4, 0x91])
    case .separators: bytes.filter { !" .-".utf8.contains($0) }
    case .countryCode: withoutCountryCode(bytes)
    case .outdatedPhone: withPrefixOfToday(bytes)
    case .trailingPointZero: withoutPointZero(bytes)
    case .leadingZeros: withZeros(bytes)
    }
  }

  private func withoutCountryCode(_ bytes: [UInt8]) -> [UInt8] {
    guard case .digits(let count) = type else { return bytes }
    let number = bytes.first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes[...]
    // A number of before 2018 is one digit longer.
    guard number.count == count + 1 || number.count == count + 2 && isOutdated(number.dropFirst(2)),
      number.starts(with: "84".utf8)
    else { return bytes }
    return [0x30] + number.dropFirst(2)
  }

  /// Whether a number without its zero begins as one of before 2018.
  private func isOutdated(_ number: ArraySlice<UInt8>) -> Bool {
    prefixes.contains { ([0x30] + number).starts(with: $0.old) }
  }

  private func withPrefixOfToday(_ bytes: [UInt8]) -> [UInt8] {
    guard case .digits(let count) = type, bytes.count == count + 1,
      bytes.allSatisfy({ $0 &- 0x30 < 10 }),
      let prefix = prefixes.first(where: { bytes.starts(with: $0.old) })
    else { return bytes }
    return prefix.new + bytes.dropFirst(prefix.old.count)
  }

  private func withZeros(_ bytes: [UInt8]) -> [UInt8] {
    guard case .digits(let count) = type, bytes.allSatisfy({ $0 &- 0x30 < 10 }),
      1...FieldProblem.lostZeroCountMax ~= count - bytes.count, !bytes.isEmpty
    else { return bytes }
    return Array(repeating: 0x30, count: count - bytes.count) + bytes
  }
}

private func withoutPointZero(_ bytes: [UInt8]) -> [UInt8] {
  guard bytes.lend({ FieldProblem(notANumber: $0) }) == .trailingPointZero,
    let point = bytes.firstIndex(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ",") })
  else { return bytes }
  return Array(bytes[..<point])
}

private func withoutSpaces(_ bytes: [UInt8]) -> [UInt8] {
  let plain = replaced(bytes, [[0xC2, 0xA0]], by: [0x20])
  return Array(plain.split(separator: 0x20).joined(separator: [0x20]))
}

private func replaced(_ bytes: [UInt8], _ old: [[UInt8]], by new: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  result.reserveCapacity(bytes.count)
  var rest = bytes[...]
  while let byte = rest.first {
    if let found = old.first(where: { rest.starts(with: $0) }) {
      result += new
      rest = rest.dropFirst(found.count)
    } else {
      result.append(byte)
      rest = rest.dropFirst()
    }
  }
  return result
}
