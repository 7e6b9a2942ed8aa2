// Files of questions, one a line, parsed before anything is timed.

import Bytes
import Glibc
import Rows

/// One question: the integer that is stored, or a text, or both.
struct Question {
  var value: Int64 = 0
  var text: Range<Int> = 0..<0
}

/// The questions of one kind, and the bytes of their texts.
final class Questions: Sendable {
  let bytes: [UInt8]
  let all: [Question]

  var count: Int { all.count }

  /// Reads `KIND.txt` of a folder; nil if there is none.
  ///
  /// `form` says what a line is; a name is followed by a tab and a day.
  init?(_ kind: String, in folder: String, as form: Form) throws {
    let path = "\(folder)/\(kind).txt"
    guard let bytes = try Self.contents(of: path) else { return nil }
    var found: [Question] = []
    try bytes.lend { (lent: LentBytes) throws(BenchError) in
      var start = 0
      for end in 0..<lent.count where lent[end] == UInt8(ascii: "\n") {
        guard let question = Self.question(lent, start, end, form) else {
          throw .noQuestion(file: path, line: String(lent.part(start, end)))
        }
        found.append(question)
        start = end + 1
      }
    }
    self.bytes = bytes
    all = found
  }

  /// What a line holds.
  enum Form {
    case digits(Int)
    case text
    case nameAndDay
  }

  private static func question(
    _ bytes: LentBytes, _ start: Int, _ end: Int, _ form: Form
  ) -> Question? {
    switch form {
    case .text: return Question(text: start..<end)
    case .digits(let count):
      let parsed = FieldText.digits(bytes.part(start, end), count: count)
      return parsed.problem == nil ? Question(value: parsed.value) : nil
    case .nameAndDay:
      guard let tab = (start..<end).first(where: { bytes[$0] == UInt8(ascii: "\t") }) else {
        return nil
      }
      let parsed = FieldText.day(bytes.part(tab + 1, end))
      return parsed.problem == nil ? Question(value: parsed.value, text: start..<tab) : nil
    }
  }

  private static func contents(of path: String) throws -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw BenchError.unreadable(path)
    }
    defer { close(descriptor) }
    let size = Int(lseek(descriptor, 0, SEEK_END))
    guard size >= 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw BenchError.unreadable(path) }
    var bytes = [UInt8](repeating: 0, count: size)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe read(descriptor, $0.baseAddress, size)
    }
    guard count == size else { throw BenchError.unreadable(path) }
    return bytes
  }
}
