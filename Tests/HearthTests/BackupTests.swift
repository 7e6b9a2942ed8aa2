// A registry is backed up while it is in use, and comes back as it was, or not at all.

import Foundation
import Hearth
import Support
import Testing

@Suite struct BackupTests {
  let trial: Trial
  let folder: TemporaryFolder

  init() throws {
    trial = try ThingSchema.trial()
    try trial.load(("thing", "number,name,born\n0001,first,1950\n0002,second,1951\n"))
    folder = try TemporaryFolder()
  }

  private func text(of database: Database) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try database.read { snapshot in
      _ = try snapshot.export("thing") { span in
        span.withUnsafeBytes { bytes.append(contentsOf: $0) }
      }
    }
    return bytes
  }

  private func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func comesBackAsItWas() throws {
    let before = try text(of: trial.database)
    var options = BackupOptions()
    options.isCompressed = true
    options.key = BackupKey([UInt8](repeating: 1, count: 32))
    let (backup, target) = (folder.file("backup"), folder.file("restored"))
    let written = try trial.database.backUp(to: backup, options: options)
    try trial.load(("thing", "number,name,born\n0003,third,1952\n"))
    let (report, verification) = try Database.restore([backup], to: target, key: options.key)

    #expect(verification.isSound)
    #expect(report.values == written.values && report.commit == written.commit)
    #expect(try files() == ["backup", "restored"])
    #expect(try text(of: Database(at: target)) == before)
    #expect(try text(of: trial.database) != before)
    let attributes = try FileManager.default.attributesOfItem(atPath: target)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test func followsLoads() throws {
    let (full, later) = (folder.file("full"), folder.file("later"))
    let whole = try trial.database.backUp(to: full)
    try trial.load(("thing", "number,name,born\n0003,third,1952\n"))
    var options = BackupOptions()
    options.since = full
    let increment = try trial.database.backUp(to: later, options: options)

    #expect(whole.writtenValues == whole.values)
    #expect(increment.writtenValues < increment.values)
    _ = try Database.restore([full, later], to: folder.file("restored"))
    #expect(try text(of: Database(at: folder.file("restored"))) == text(of: trial.database))
  }

  @Test func leavesWhatIsThere() throws {
    let backup = folder.file("backup")
    try trial.database.backUp(to: backup)
    #expect(throws: ExportError(path: backup, systemError: EEXIST)) {
      try trial.database.backUp(to: backup)
    }
    #expect(throws: ExportError(path: backup, systemError: EEXIST)) {
      try Database.restore([backup], to: backup)
    }
    #expect(try files() == ["backup"])
  }

  @Test func leavesNothingOfWhatFailed() throws {
    let backup = folder.file("backup")
    try trial.database.backUp(to: backup)
    var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: backup)))
    bytes[bytes.count / 2] ^= 1
    let damaged = try folder.write(bytes, as: "damaged")
    #expect(throws: BackupError(.damaged, in: damaged)) {
      try Database.restore([damaged], to: folder.file("restored"))
    }
    var options = BackupOptions()
    options.since = damaged
    #expect(throws: BackupError(.damaged, in: damaged)) {
      try trial.database.backUp(to: folder.file("later"), options: options)
    }
    #expect(try files() == ["backup", "damaged"])
  }

  @Test func saysThatTheDiskIsFull() throws {
    #expect(throws: ExportError(path: "/dev/full", systemError: ENOSPC)) {
      try trial.database.backUp(to: "/dev/full")
    }
  }
}
