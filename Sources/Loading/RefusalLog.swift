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
  var count: Int { refusals.counts.values.reduce(0, +) }

  /// Refusals by table, field and code.
  var counts: [RefusalCount: Int] { refusals.counts }

  /// What was found about rows that are stored all the same.
  var findingCounts: [(level: LoadPlan.Level, counts: [RefusalCount: Int])] {
    [(.warn, warnings.counts), (.note, notes.counts)]
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
    var kinds: [RefusalCount: (count: Int, end: [UInt8])]
    var byteCount: Int
  }

  private static let bufferByteCount = 1 << 16
  private static let header = Array("table,file,line,byte_offset,field,code,remedy\n".utf8)
  private let path: String?
  private var descriptor: Int32 = -1
  private var buffer: [UInt8] = []
  private var lastFile: (path: String, quoted: [UInt8]) = ("", [])
  /// How many by table, field and code, and the ends of their lines.
  private var kinds: [RefusalCount: (count: Int, end: [UInt8])] = [:]

  init(path: String?) { self.path = path }

  deinit { if descriptor >= 0 { close(descriptor) } }

  var counts: [RefusalCount: Int] { kinds.mapValues(\.count) }

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
    let end: [UInt8]
    if let index = kinds.index(forKey: kind) {
      kinds.values[index].count += 1
      end = kinds.values[index].end
    } else {
      end = Array(",\(kind.field),\(kind.code),\"\(refusal.remedy)\"\n".utf8)
      kinds[kind] = (1, end)
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
    buffer.append(contentsOf: end)
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
    guard ftruncate(descriptor, mark.byteCount) == 0,
      lseek(descriptor, mark.byteCount, SEEK_SET) == mark.byteCount
    else { throw .rejectsUnwritable(path: path ?? "", errno) }
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
struct RefusalCount: Hashable {
  var table: String
  var field: String
  var code: String
}
