// `hearth backup` and `hearth restore`: copies of a registry made beside readers and writers, and
// registries made of them.

import ArgumentParser
import Foundation
import Hearth

struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a backup of a registry while readers and writers go on.",
    discussion: """
      The backup holds the last commit. It appears under its name once it is whole, and a file \
      that is there already stays. With --since it holds only what an earlier backup does not; \
      restoring needs both then.

      A key file holds 32 random bytes, or 64 hexadecimal digits, such as \
      `openssl rand -hex 32 > FILE` writes. Whoever loses it loses the backup.
      """)

  @Argument(help: "The registry.", completion: .file())
  var file: String
  @Argument(help: "The backup to write; - is the standard output.", completion: .file())
  var target: String
  @Flag(help: "Compress with zstd.")
  var compress = false
  @Option(help: "Encrypt with the key in this file.", completion: .file())
  var keyFile: String?
  @Option(help: "Write only what this earlier backup does not hold.", completion: .file())
  var since: String?
  @Flag(help: "Write JSON.")
  var json = false

  func validate() throws {
    guard !json || target != "-" else {
      throw ValidationError("--json and a backup cannot both go to the standard output.")
    }
  }

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    try explaining {
      let start = ContinuousClock.now
      var options = BackupOptions()
      options.isCompressed = compress
      options.key = try keyFile.map(readKey)
      options.since = since
      let line = StatusLine()
      let report = try Database(at: file).backUp(to: target, options: options) { done, total in
        line.show("\(done >> 20) of \(total >> 20) MiB")
      }
      line.end()
      guard target != "-" else { return }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      if json {
        print(try jsonText(fields(of: report, seconds)))
      } else {
        print(
          "\(report.writtenValues) of \(counted(report.values, "value")), \(report.bytes) bytes in "
            + "\(rounded(seconds)) s: commit \(report.commit)")
      }
    }
  }
}

struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a registry out of a backup.",
    discussion: """
      Every byte of the backup is checked, and then every promise of the registry. It appears \
      under its name once all is well; a file that is there already stays. Of a backup that was \
      written with --since, give the one that holds everything first, then those that follow it, \
      in order.
      """)

  @Argument(
    help: "The backup, and those that follow it, and last the registry to make.",
    completion: .file())
  var files: [String]
  @Option(help: "The key with which the backup was encrypted.", completion: .file())
  var keyFile: String?
  @Flag(help: "Keep what was restored even if it breaks promises, as a damaged registry does.")
  var keepUnsound = false
  @Flag(help: "Write JSON.")
  var json = false

  func validate() throws {
    guard files.count >= 2 else {
      throw ValidationError("Give a backup and the registry to make.")
    }
  }

  func run() throws {
    try explaining {
      let start = ContinuousClock.now
      let line = StatusLine()
      let key = try keyFile.map(readKey)
      let (report, verification) = try Database.restore(
        Array(files.dropLast()), to: files[files.count - 1], key: key, keepsUnsound: keepUnsound
      ) { byteCount in line.show("\(byteCount >> 20) MiB") }
      line.end()
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      if json {
        var all = fields(of: report, seconds)
        all["sound"] = verification.isSound
        print(try jsonText(all))
      } else {
        let verdict =
          verification.isSound
          ? "sound" : counted(verification.findings.count, "broken promise")
        print(
          "\(verdict): \(counted(report.values, "value")) of commit \(report.commit) in "
            + "\(rounded(seconds)) s")
      }
      if !verification.isSound { throw ExitCode(1) }
    }
  }
}

private func fields(of report: BackupReport, _ seconds: Double) -> [String: Any] {
  [
    "commit": report.commit, "began": report.seconds, "values": report.values,
    "written_values": report.writtenValues, "written_bytes": report.writtenBytes,
    "bytes": report.bytes, "seconds": seconds,
  ]
}

/// A key file that holds no key.
struct UnfitKey: Error {
  let path: String
}

/// The key in a file: its 32 bytes, or 64 hexadecimal digits on a line.
private func readKey(_ path: String) throws -> BackupKey {
  let bytes: [UInt8]
  do {
    bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  } catch { throw NotFound(what: "readable key file at \(path)") }
  if let key = BackupKey(bytes) { return key }
  let digits = Array(String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace })
  let pairs = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
    UInt8(String(digits[$0...$0 + 1]), radix: 16)
  }
  guard digits.count == 2 * BackupKey.byteCount, digits.allSatisfy(\.isHexDigit),
    let key = BackupKey(pairs)
  else { throw UnfitKey(path: path) }
  return key
}
