// One file of a load: which table it is for, where it lies, and how it is written.

/// A file to load.
///
/// Several files of one table are one file in the order they are given; their headers must be
/// equal, and their plans the same.
public struct LoadInput: Equatable, Sendable {
  /// The name of the table that its records are rows of.
  public var table: String
  /// Where the file lies; `-` is the standard input.
  public var path: String
  /// What is declared of the way it is written.
  public var format: DelimitedFormat

  /// Which of its columns feed which fields; nil matches names of columns with those of fields.
  public var plan: LoadPlan?

  /// Names a file for a table.
  public init(
    table: String, path: String, format: DelimitedFormat = DelimitedFormat(),
    plan: LoadPlan? = nil
  ) {
    self.table = table
    self.path = path
    self.format = format
    self.plan = plan
  }
}
