// Stored bytes that break a promise of the format.

/// Stored bytes that break a promise of the format: which structure, at which offset, and where.
///
/// Thrown when a structure is opened or first touched. It never carries stored values.
public struct Corruption: Error, Equatable, Sendable {
  /// The structures of the file that are checked.
  public enum Structure: String, Equatable, Sendable {
    case catalog
    case schema
    case segment
    case columnDirectory
    case column
    case checksums
    case zoneMaps
    case dictionary
    case indexRun
    case partition
    case removedRows
    case freshRow
    case freshKey
    case change
    case codeList
    case fileLength
    case page
  }

  /// What was being read.
  public var structure: Structure
  /// Bytes from the start of the structure to the broken promise.
  public var offset: Int
  /// Where the structure lies, such as `person segment 12 column birth_date`; empty until a floor
  /// that knows the place adds it.
  public var place: String

  /// Names a broken promise.
  public init(_ structure: Structure, at offset: Int, in place: String = "") {
    self.structure = structure
    self.offset = offset
    self.place = place
  }

  /// The same corruption with its place, unless a lower floor already named one.
  package func located(_ place: @autoclosure () -> String) -> Corruption {
    guard self.place.isEmpty else { return self }
    return Corruption(structure, at: offset, in: place())
  }
}
