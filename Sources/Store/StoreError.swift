// What the store refused, and why.

public import Bytes
public import Pages

/// Why a registry could not be opened, read or changed.
public enum StoreError: Error, Equatable, Sendable {
  /// The file or the operating system refused.
  case page(PageError)
  /// Stored bytes break a promise of the format; the rest of the registry can be read.
  case corruption(Corruption)
  /// The file is an LMDB file without a registry in it.
  case notARegistry(path: String)
  /// The registry was written in a version of the format that this engine does not read.
  case otherFormat(path: String, version: UInt32)
  /// A registry, or another program's LMDB file, stands at the path already.
  case registryExists(path: String)
  /// Another load holds the registry.
  case loadInProgress(path: String)
  /// The schema in force cannot be read back.
  case schemaUnreadable(String)

  init(_ error: PageError) { self = .page(error) }
  init(_ corruption: Corruption) { self = .corruption(corruption) }
}
