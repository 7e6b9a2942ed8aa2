// A small file with values, its backups, and what comes back of them.

import Bytes
import Encryption
import Foundation
import Pages
import Support
import Testing

@testable import Backups

/// Values by keyspace and key.
typealias Content = [String: [[UInt8]: [UInt8]]]

/// A file with two keyspaces, in a folder of its own.
final class StoredFile {
  static let names = ["words", "things"]

  // Closed before its folder goes.
  let environment: Environment
  let folder: TemporaryFolder
  private var restoredCount = 0

  init() throws {
    folder = try TemporaryFolder()
    environment = try Environment(
      path: folder.file("stored"), access: .readWrite, create: true, keyspaces: Self.names)
  }

  /// Puts values, and removes those that are nil.
  func change(_ keyspace: String, _ values: [[UInt8]: [UInt8]?]) throws {
    var transaction = try environment.beginWriting()
    for (key, value) in values {
      let place = environment.keyspace(keyspace)
      if let value {
        try transaction.put(value, for: key, in: place)
      } else {
        try key.lend { key throws(PageError) in _ = try transaction.remove(key, in: place) }
      }
    }
    try transaction.commit()
  }

  func content() throws -> Content { try Self.content(of: environment) }

  static func content(of environment: Environment) throws -> Content {
    let transaction = try environment.beginReading()
    var content: Content = [:]
    for keyspace in environment.keyspaces {
      content[keyspace.name] = [:]
      try transaction.forEach(in: keyspace) { key, value in
        content[keyspace.name, default: [:]][key.copied] = value.copied
        return true
      }
    }
    return content
  }

  /// Writes a backup and returns its path.
  func backUp(
    _ name: String, isCompressed: Bool = false, key: EncryptionKey? = nil, since: String? = nil,
    during: (() throws -> Void)? = nil
  ) throws -> String {
    let earlier = try since.map { try BackupReader($0, key: key) }
    var bytes: [UInt8] = []
    var hasRun = false
    _ = try BackupWriter(
      of: environment, isCompressed: isCompressed, key: key, since: earlier
    ).write { part in
      bytes.append(lent: part)
      if !hasRun { try during?() }
      hasRun = true
    }
    return try folder.write(bytes, as: name)
  }

  /// What backups give back.
  func restored(_ paths: [String], key: EncryptionKey? = nil) throws -> Content {
    restoredCount += 1
    let environment = try Environment(
      path: folder.file("restored\(restoredCount)"), access: .readWrite, create: true,
      keyspaces: Self.names)
    _ = try BackupChain(paths, key: key).write(to: environment)
    return try Self.content(of: environment)
  }

  /// The bytes of a file.
  func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// What reading a backup to its end throws.
  func refusal(of bytes: [UInt8], key: EncryptionKey? = nil) throws -> BackupError.Code? {
    let path = try folder.write(bytes, as: "changed")
    do throws(BackupError) {
      try BackupReader(path, key: key).drain()
      return nil
    } catch { return error.code }
  }
}
