// Opens a registry and gives reads a snapshot and loads a way in.

public import Loading
import Pages
public import Rows
import Store

/// One registry, open for as long as the value lives; threads share it.
public final class Database: Sendable {
  /// What an opening may do.
  public enum Access: Equatable, Sendable {
    /// Reading alone; the file must exist.
    case readOnly
    /// Reading and loading.
    case readWrite
  }

  let registry: Registry
  private let lookups: LookupPool

  /// The tables and code lists in force.
  public var schema: Schema { registry.schema }

  /// Where the file is.
  public var path: String { registry.path }

  /// Opens the registry at a path.
  ///
  /// Throws `StoreError`: the file is missing, no registry, of a later version, damaged at its
  /// root, or open in this process already.
  public init(at path: String, access: Access = .readOnly) throws {
    registry = try Registry(at: path, access: access == .readOnly ? .readOnly : .readWrite)
    lookups = LookupPool(registry.plan)
  }

  private init(_ registry: Registry) {
    self.registry = registry
    lookups = LookupPool(registry.plan)
  }

  /// Makes a new registry with a schema; the file must not exist.
  ///
  /// Throws `StoreError`.
  public static func create(at path: String, schema: Schema) throws -> Database {
    Database(try Registry.create(at: path, schema: schema))
  }

  /// Gives `body` a snapshot, which is one commit of the registry and does not change.
  ///
  /// Throws what `body` throws, and `StoreError`.
  public func read<Result>(_ body: (Snapshot) throws -> Result) throws -> Result {
    let snapshot = Snapshot(try registry.beginSnapshot(), lookups)
    return try body(snapshot)
  }

  /// Loads files, each for one table, and publishes all of them together or none; how each is
  /// written is recognised.
  ///
  /// `progress` is called a few times a second on this thread. Throws `LoadError`; the registry
  /// then holds what it held before.
  public func load(
    _ files: [(table: String, path: String)], options: LoadOptions = LoadOptions(),
    progress: ((LoadProgress) -> Void)? = nil
  ) throws -> LoadReport {
    try load(
      files.map { LoadInput(table: $0.table, path: $0.path) }, options: options,
      progress: progress)
  }

  /// Loads files, each for one table and with what is declared of the way it is written, and
  /// publishes all of them together or none.
  ///
  /// `progress` is called a few times a second on this thread. Throws `LoadError`; the registry
  /// then holds what it held before.
  public func load(
    _ inputs: [LoadInput], options: LoadOptions = LoadOptions(),
    progress: ((LoadProgress) -> Void)? = nil
  ) throws -> LoadReport {
    try Loader(registry, options: options).load(inputs, progress: progress)
  }
}
