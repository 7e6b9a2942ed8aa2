// A folder that is gone when the test is.

import Foundation

/// A new empty folder, removed with everything in it when the value is released.
public final class TemporaryFolder {
  /// Where the folder is.
  public let path: String

  /// Makes the folder under the system's temporary directory.
  public init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("hearth-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the folder.
  public func file(_ name: String) -> String { path + "/" + name }

  /// Writes a text file and returns its path.
  public func write(_ text: String, as name: String) throws -> String {
    try write(Array(text.utf8), as: name)
  }

  /// Writes a file of bytes and returns its path.
  public func write(_ bytes: [UInt8], as name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }
}
