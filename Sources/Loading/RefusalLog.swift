// Where refused rows, and warnings about others, are written down: one line each, with no value of
// theirs.

import Bytes
import Glibc

/// What a load found out about rows: refusals and warnings listed in files, and all of it counted.
final class RefusalLog: @unchecked Sendable {
  private let refusals: RefusalFile
  private let warnings: RefusalFile
  private let notes = RefusalFile(path: nil)

  init(path: String?, warningsPath: String? = nil) {
    refusals = RefusalFile(path: path)
    warnings = RefusalFile(path: warningsPath)
  }

  /// Throws `rejectsUnwritable` for a file that cannot be written later either; makes none.
  func requireWritable() throws(LoadError) {
    try refusals.requireWritable()
    try warnings.requireWritable()
  }

  /// Refusals so far.
  var count: Int { refusals.kinds.values.reduce(0) { $0 + $1.count } }

  /// Refusals by table, field and code.
  var refused: [LoadReport.Refused] {
    refusals.sortedKinds.map {
      LoadReport.Refused(table: $0.table, field: $0.field, code: $0.code, count: $1.count)
    }
  }

  /// What was found about rows that are stored all the same, by level, table, field and code.
  var findings: [LoadReport.Found] {
    [(LoadPlan.Level.warn, warnings), (.note, notes)].flatMap { level, file in
      file.sortedKinds.map {
        LoadReport.Found(
          table: $0.table, field: $0.field, code: $0.code, level: level.rawValue, count: $1.count)
      }
    }
  }

  /// Where the first refusals and findings of each kind stand.
  var firstLines: [LoadReport.FirstLines] {
    [(LoadPlan.Level.refuse, refusals), (.warn, warnings), (.note, notes)].flatMap { level, file in
      file.sortedKinds.map {
        LoadReport.FirstLines(
          table: $0.table, field: $0.field, code: $0.code, level: level.rawValue, lines: $1.first)
      }
    }
  }

  /// Lists refused rows of one file.
  func add(_ list: [Refusal], file: String) throws(LoadError) {
    for refusal in list { try refusals.add(refusal, file: file) }
  }

  /// Lists or counts what is odd about stored rows of one file.
  func add(_ findings: [RowFinding], file: String) throws(LoadError) {
    for finding in findings {
      try (finding.level == .warn ? warnings : notes).add(finding.refusal, file: file)
    }
  }

  /// Writes out what is gathered.
  func finish() throws(LoadError) {
    try refusals.finish()
    try warnings.finish()
  }

  /// Remembers what has been found out so far.
  func mark() throws(LoadError) -> Mark {
    Mark(files: [try refusals.mark(), try warnings.mark(), try notes.mark()])
  }

  /// Forgets what was found out since.
  func forget(since mark: Mark) throws(LoadError) {
    try refusals.forget(since: mark.files[0])
    try warnings.forget(since: mark.files[1])
    try notes.forget(since: mark.files[2])
  }

  /// What had been found out at some time.
  struct Mark {
    fileprivate var files: [RefusalFile.Mark]
  }
}

/// One file of comma-separated text; nothing is written without a path.
private final class RefusalFile {
  /// What had been listed and counted at some time; the file has no more bytes then.
  struct Mark {
    var kinds: [RefusalCount: Kind]
    var byteCount: Int
  }

  /// What there is of one kind.
  struct Kind {
    var count = 0
    /// Where the first of them stand.
    var first: [LoadReport.FirstLines.Line] = []
    /// The end of its lines.
    let end: [UInt8]
  }

  /// The lines of a kind that a report tells.
  private static let firstCountMax = 10

  private static let bufferByteCount = 1 << 16
  private static let header = Array("table,file,line,byte_offset,field,code,remedy\n".utf8)
  private let path: String?
  private var descriptor: Int32 = -1
  private var buffer: [UInt8] = []
  private var lastFile: (path: String, quoted: [UInt8]) = ("", [])
  private(set) var kinds: [RefusalCount: Kind] = [:]

  init(path: String?) { self.path = path }

  deinit { if descriptor >= 0 { close(descriptor) } }

  var sortedKinds: [(RefusalCount, Kind)] {
    kinds.map { ($0.key, $0.value) }.sorted {
      ($0.0.table, $0.0.field, $0.0.code) < ($1.0.table, $1.0.field, $1.0.code)
    }
  }

  func requireWritable() throws(LoadError) {
    guard let path else { return }
    if unsafe access(path, F_OK) == 0 {
      guard unsafe access(path, W_OK) == 0 else { throw .rejectsUnwritable(path: path, errno) }
      return
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    guard unsafe access(folder, W_OK | X_OK) == 0 else {
      throw .rejectsUnwritable(path: path, errno)
    }
  }

  func add(_ refusal: Refusal, file: String) throws(LoadError) {
    let kind = RefusalCount(table: refusal.table, field: refusal.field, code: refusal.code)
    if kinds[kind] == nil {
      kinds[kind] = Kind(
        end: Array(",\(kind.field),\(kind.code),\"\(refusal.remedy)\"\n".utf8))
    }
    guard let index = kinds.index(forKey: kind) else { return }
    kinds.values[index].count += 1
    if kinds.values[index].count <= Self.firstCountMax {
      kinds.values[index].first.append(LoadReport.FirstLines.Line(path: file, line: refusal.line))
    }
    guard path != nil else { return }
    if descriptor < 0 { try openFile() }
    buffer.append(contentsOf: kind.table.utf8)
    buffer.append(UInt8(ascii: ","))
    if file != lastFile.path { lastFile = (file, Array(quoted(file).utf8)) }
    buffer.append(contentsOf: lastFile.quoted)
    for number in [refusal.line, refusal.byteOffset] {
      buffer.append(UInt8(ascii: ","))
      buffer.append(contentsOf: String(number).utf8)
    }
    buffer.append(contentsOf: kinds.values[index].end)
    if buffer.count > Self.bufferByteCount { try flush() }
  }

  /// Without lines no file is made, but one that an earlier load left is emptied.
  func finish() throws(LoadError) {
    if let path, descriptor < 0, unsafe access(path, F_OK) == 0 { try openFile() }
    if descriptor >= 0 { try flush() }
  }

  func mark() throws(LoadError) -> Mark {
    if descriptor >= 0 { try flush() }
    return Mark(kinds: kinds, byteCount: descriptor >= 0 ? lseek(descriptor, 0, SEEK_END) : 0)
  }

  func forget(since mark: Mark) throws(LoadError) {
    kinds = mark.kinds
    buffer.removeAll(keepingCapacity: true)
    guard descriptor >= 0 else { return }
    // What is no file, such as /dev/null, keeps what it was given.
    guard ftruncate(descriptor, mark.byteCount) == 0 else {
      guard errno == EINVAL else { throw .rejectsUnwritable(path: path ?? "", errno) }
      return
    }
    lseek(descriptor, mark.byteCount, SEEK_SET)
    if mark.byteCount == 0 { buffer.append(contentsOf: Self.header) }
  }

  private func openFile() throws(LoadError) {
    guard let path else { return }
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .rejectsUnwritable(path: path, errno) }
    buffer.append(contentsOf: Self.header)
  }

  /// A path as a field of comma-separated text.
  private func quoted(_ path: String) -> String {
    "\"" + path.replacing("\"", with: "\"\"") + "\""
  }

  private func flush() throws(LoadError) {
    var start = 0
    while start < buffer.count {
      let written = unsafe buffer.withUnsafeBytes { bytes in
        unsafe write(descriptor, bytes.baseAddress.map { unsafe $0 + start }, bytes.count - start)
      }
      guard written > 0 else { throw .rejectsUnwritable(path: path ?? "", errno) }
      start += written
    }
    buffer.removeAll(keepingCapacity: true)
  }
}

/// A kind of refusal that is counted.
private struct RefusalCount: Hashable {
  var table: String
  var field: String
  var code: String
}
