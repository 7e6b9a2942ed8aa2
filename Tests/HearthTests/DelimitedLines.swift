// A plain reader of comma-separated text, to compare what was loaded with what the file says.

/// The records of a text, the header first; fields in quotes may hold commas, quotes and line ends.
struct DelimitedLines {
  let header: [String]
  private let bytes: [UInt8]
  private let starts: [Int]

  init(_ bytes: [UInt8]) {
    var starts: [Int] = []
    var isQuoted = false
    var start = 0
    for index in bytes.indices {
      if bytes[index] == 0x22 { isQuoted.toggle() }
      if bytes[index] == 0x0A, !isQuoted {
        starts.append(start)
        start = index + 1
      }
    }
    if start < bytes.count { starts.append(start) }
    self.bytes = bytes
    self.starts = starts + [bytes.count]
    header = Self.fields(bytes, from: 0, to: self.starts[1])
  }

  /// Records after the header.
  var count: Int { starts.count - 2 }

  /// The fields of a record, the first after the header being 0.
  subscript(record: Int) -> [String] {
    Self.fields(bytes, from: starts[record + 1], to: starts[record + 2])
  }

  /// The position of a column.
  func column(_ name: String) -> Int { header.firstIndex(of: name) ?? -1 }

  private static func fields(_ bytes: [UInt8], from start: Int, to end: Int) -> [String] {
    var end = end
    if end > start, bytes[end - 1] == 0x0A { end -= 1 }
    if end > start, bytes[end - 1] == 0x0D { end -= 1 }
    var fields: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    var index = start
    while index < end {
      let byte = bytes[index]
      if byte == 0x22 {
        if isQuoted, index + 1 < end, bytes[index + 1] == 0x22 {
          field.append(byte)
          index += 1
        } else {
          isQuoted.toggle()
        }
      } else if byte == 0x2C, !isQuoted {
        fields.append(String(decoding: field, as: UTF8.self))
        field.removeAll(keepingCapacity: true)
      } else {
        field.append(byte)
      }
      index += 1
    }
    return fields + [String(decoding: field, as: UTF8.self)]
  }
}
