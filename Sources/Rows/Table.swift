// A table: its name, its fields, its key, its parent, its indexes.

/// One table of a registry.
public struct Table: Equatable, Sendable {
  /// The name by which callers know the table.
  public let name: String
  /// The table's position in its schema.
  public let number: UInt16
  /// The version of the table's declaration, raised by whoever changes it.
  public let version: Int
  /// What one row of the table is, as a sentence for people.
  public let description: String
  /// The fields, in the order of the declaration.
  public let fields: [Field]
  /// The position of the field that names a row, if one does.
  public let key: Int?
  /// The table in whose order this one is stored.
  public let parent: ParentLink?
  /// What rows can be found by.
  public let indexes: [Index]

  private let positions: [String: Int]

  package init(
    name: String, number: UInt16, version: Int, description: String, fields: [Field], key: Int?,
    parent: ParentLink?, indexes: [Index]
  ) {
    self.name = name
    self.number = number
    self.version = version
    self.description = description
    self.fields = fields
    self.key = key
    self.parent = parent
    self.indexes = indexes
    var positions: [String: Int] = [:]
    for position in fields.indices {
      positions[fields[position].name.lowercased()] = position
      for alias in fields[position].aliases { positions[alias.lowercased()] = position }
    }
    self.positions = positions
  }

  /// The position of the field with this name.
  public func position(of name: String) -> Int? {
    guard let position = positions[name], fields[position].name == name else { return nil }
    return position
  }

  /// The position of the field that a column of an input feeds: its name or alias in any case.
  public func position(ofColumn header: String) -> Int? { positions[header.lowercased()] }

  /// The field with this name.
  public func field(_ name: String) -> Field? { position(of: name).map { fields[$0] } }

  /// The index with this name.
  public func index(_ name: String) -> Index? { indexes.first { $0.name == name } }
}

/// Which table a table's rows belong to, and the field that says to which row.
public struct ParentLink: Equatable, Sendable {
  /// The position of the parent table in the schema, always less than that of its children.
  public let table: Int
  /// The position of the field of this table that holds the parent's key.
  public let field: Int
}

/// Something that rows of a table can be found by.
public struct Index: Equatable, Sendable {
  /// The name of the index.
  public let name: String
  /// The positions of the fields whose values, together, are the index's key.
  public let fields: [Int]
  /// Whether a key belongs to one current row at most.
  public let isUnique: Bool
  /// Whether texts are compared without case and marks.
  public let isFolded: Bool
  /// The position of the index that also answers for this one, whose field is derived from it.
  public let through: Int?
}
