// JSON text as a flat list of nodes that point into its bytes; the strict grammar of RFC 8259.
//
// A registry reads its schema with its code lists, some 700 KB, each time it is opened, so the
// nodes hold positions and copy nothing: this takes about a hundredth of a second less than a
// decoder that makes a value of every element. A repeated key is refused.

/// JSON text, parsed once; each node knows where it begins, where it ends, and what follows it.
struct JSONText: Sendable {
  enum Kind: UInt8 {
    case object
    case array
    case string
    case escapedString
    case number
    case boolean
    case null
  }

  struct Node {
    var kind: Kind
    /// The first byte of the value; of a string, the byte after its opening quote.
    var start: Int32
    /// The byte after the value; of a string, its closing quote.
    var end: Int32
    /// The node that follows the value and everything in it.
    var next: Int32
  }

  /// Where the text breaks the grammar.
  struct Problem: Error, Equatable {
    var offset: Int
    var isDuplicateKey = false
  }

  static let depthMax = 64

  let bytes: [UInt8]
  private(set) var nodes: [Node] = []

  init(parsing bytes: [UInt8]) throws(Problem) {
    self.bytes = bytes
    guard bytes.count < Int(Int32.max) else { throw Problem(offset: 0) }
    nodes.reserveCapacity(bytes.count / 8)
    var offset = Self.skipSpace(bytes, 0)
    try parseValue(&offset, depth: 0)
    offset = Self.skipSpace(bytes, offset)
    guard offset == bytes.count else { throw Problem(offset: offset) }
  }

  /// The line of a byte, the first being 1.
  func line(of offset: Int) -> Int {
    var line = 1
    for byte in bytes.prefix(offset) where byte == UInt8(ascii: "\n") { line += 1 }
    return line
  }

  /// The bytes of a string node, its escapes resolved.
  func stringBytes(_ node: Node) -> [UInt8] {
    let raw = bytes[Int(node.start)..<Int(node.end)]
    return node.kind == .escapedString ? Self.unescape(raw) : Array(raw)
  }

  /// The text of a string node.
  func string(_ node: Node) -> String {
    String(decoding: stringBytes(node), as: UTF8.self)
  }

  // MARK: parsing

  private static func skipSpace(_ bytes: [UInt8], _ start: Int) -> Int {
    var offset = start
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x0A, 0x0D, 0x09: offset += 1
      default: return offset
      }
    }
    return offset
  }

  private mutating func parseValue(_ offset: inout Int, depth: Int) throws(Problem) {
    guard offset < bytes.count, depth <= Self.depthMax else { throw Problem(offset: offset) }
    switch bytes[offset] {
    case UInt8(ascii: "{"): try parseObject(&offset, depth: depth)
    case UInt8(ascii: "["): try parseArray(&offset, depth: depth)
    case UInt8(ascii: "\""): try parseString(&offset)
    case UInt8(ascii: "t"): try parseWord("true", .boolean, &offset)
    case UInt8(ascii: "f"): try parseWord("false", .boolean, &offset)
    case UInt8(ascii: "n"): try parseWord("null", .null, &offset)
    default: try parseNumber(&offset)
    }
  }

  private mutating func append(_ kind: Kind, _ start: Int, _ end: Int) {
    nodes.append(
      Node(kind: kind, start: Int32(start), end: Int32(end), next: Int32(nodes.count + 1)))
  }

  private mutating func close(_ index: Int, at end: Int) {
    nodes[index].end = Int32(end)
    nodes[index].next = Int32(nodes.count)
  }

  private mutating func parseObject(_ offset: inout Int, depth: Int) throws(Problem) {
    let index = nodes.count
    append(.object, offset, offset)
    offset = Self.skipSpace(bytes, offset + 1)
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "}") {
      offset += 1
      return close(index, at: offset)
    }
    var keys: Set<String> = []
    while true {
      guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else {
        throw Problem(offset: offset)
      }
      let keyOffset = offset
      try parseString(&offset)
      guard keys.insert(string(nodes[nodes.count - 1])).inserted else {
        throw Problem(offset: keyOffset, isDuplicateKey: true)
      }
      offset = Self.skipSpace(bytes, offset)
      guard offset < bytes.count, bytes[offset] == UInt8(ascii: ":") else {
        throw Problem(offset: offset)
      }
      offset = Self.skipSpace(bytes, offset + 1)
      try parseValue(&offset, depth: depth + 1)
      guard try continues(&offset, closing: UInt8(ascii: "}")) else {
        return close(index, at: offset)
      }
    }
  }

  private mutating func parseArray(_ offset: inout Int, depth: Int) throws(Problem) {
    let index = nodes.count
    append(.array, offset, offset)
    offset = Self.skipSpace(bytes, offset + 1)
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "]") {
      offset += 1
      return close(index, at: offset)
    }
    repeat {
      try parseValue(&offset, depth: depth + 1)
    } while try continues(&offset, closing: UInt8(ascii: "]"))
    close(index, at: offset)
  }

  /// Steps over a comma to the next element, or over the closing bracket.
  private func continues(_ offset: inout Int, closing: UInt8) throws(Problem) -> Bool {
    offset = Self.skipSpace(bytes, offset)
    guard offset < bytes.count else { throw Problem(offset: offset) }
    let byte = bytes[offset]
    guard byte == closing || byte == UInt8(ascii: ",") else { throw Problem(offset: offset) }
    offset += 1
    if byte == closing { return false }
    offset = Self.skipSpace(bytes, offset)
    return true
  }

  private mutating func parseString(_ offset: inout Int) throws(Problem) {
    let start = offset + 1
    var end = start
    var kind = Kind.string
    while true {
      guard end < bytes.count, bytes[end] >= 0x20 else { throw Problem(offset: end) }
      if bytes[end] == UInt8(ascii: "\"") { break }
      if bytes[end] == UInt8(ascii: "\\") {
        kind = .escapedString
        end = try Self.skipEscape(bytes, end)
      } else {
        end += 1
      }
    }
    append(kind, start, end)
    offset = end + 1
  }

  private static func skipEscape(_ bytes: [UInt8], _ start: Int) throws(Problem) -> Int {
    guard start + 1 < bytes.count else { throw Problem(offset: start) }
    switch bytes[start + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return start + 2
    case UInt8(ascii: "u"):
      guard hexadecimal(bytes[...], start + 2) != nil else { throw Problem(offset: start) }
      return start + 6
    default:
      throw Problem(offset: start)
    }
  }

  private mutating func parseWord(
    _ word: StaticString, _ kind: Kind, _ offset: inout Int
  ) throws(Problem) {
    let expected = Array(word.description.utf8)
    guard bytes[offset...].starts(with: expected) else { throw Problem(offset: offset) }
    append(kind, offset, offset + expected.count)
    offset += expected.count
  }

  private mutating func parseNumber(_ offset: inout Int) throws(Problem) {
    var end = offset
    func isDigit(_ index: Int) -> Bool {
      index < bytes.count && bytes[index] >= 0x30 && bytes[index] <= 0x39
    }
    func isOne(of choices: [UInt8], _ index: Int) -> Bool {
      index < bytes.count && choices.contains(bytes[index])
    }
    if isOne(of: [UInt8(ascii: "-")], end) { end += 1 }
    guard isDigit(end) else { throw Problem(offset: end) }
    if bytes[end] == UInt8(ascii: "0") {
      end += 1
    } else {
      while isDigit(end) { end += 1 }
    }
    if isOne(of: [UInt8(ascii: ".")], end) {
      end += 1
      guard isDigit(end) else { throw Problem(offset: end) }
      while isDigit(end) { end += 1 }
    }
    if isOne(of: [UInt8(ascii: "e"), UInt8(ascii: "E")], end) {
      end += 1
      if isOne(of: [UInt8(ascii: "+"), UInt8(ascii: "-")], end) { end += 1 }
      guard isDigit(end) else { throw Problem(offset: end) }
      while isDigit(end) { end += 1 }
    }
    append(.number, offset, end)
    offset = end
  }

  private static func hexadecimal(_ bytes: ArraySlice<UInt8>, _ start: Int) -> UInt32? {
    guard start + 4 <= bytes.endIndex else { return nil }
    var value: UInt32 = 0
    for byte in bytes[start..<start + 4] {
      switch byte {
      case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
      case 0x41...0x46: value = value << 4 | UInt32(byte - 0x41 + 10)
      case 0x61...0x66: value = value << 4 | UInt32(byte - 0x61 + 10)
      default: return nil
      }
    }
    return value
  }

  /// Resolves escapes that the parser has checked; half of a surrogate pair becomes U+FFFD.
  private static func unescape(_ raw: ArraySlice<UInt8>) -> [UInt8] {
    var units: [UInt16] = []
    var result: [UInt8] = []
    func flush() {
      result.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
      units.removeAll()
    }
    var index = raw.startIndex
    while index < raw.endIndex {
      guard raw[index] == UInt8(ascii: "\\") else {
        flush()
        result.append(raw[index])
        index += 1
        continue
      }
      if raw[index + 1] == UInt8(ascii: "u") {
        units.append(UInt16(truncatingIfNeeded: hexadecimal(raw, index + 2) ?? 0xFFFD))
        index += 6
        continue
      }
      flush()
      switch raw[index + 1] {
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "t"): result.append(0x09)
      default: result.append(raw[index + 1])
      }
      index += 2
    }
    flush()
    return result
  }
}
