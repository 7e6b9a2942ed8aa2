// What keeps made-up people from being made: a data file, the output folder or an impossible wish.

/// Why generating stopped, and at which file and line.
public struct GeneratingError: Error, Equatable, Sendable {
  /// The kinds of failure.
  public enum Code: String, Equatable, Sendable {
    case cannotRead
    case cannotWrite
    case brokenData
    case personCountOutOfRange
    case cardsOutOfRange
    case damageOutOfRange
  }

  /// What went wrong.
  public var code: Code
  /// The file or folder; empty when none is at fault.
  public var path: String
  /// The line of the file, from 1; 0 when the whole file is meant.
  public var line: Int
  /// The system's error number; 0 when the system did not refuse.
  public var systemError: Int32

  /// Names a failure.
  public init(_ code: Code, path: String = "", line: Int = 0, systemError: Int32 = 0) {
    self.code = code
    self.path = path
    self.line = line
    self.systemError = systemError
  }
}
