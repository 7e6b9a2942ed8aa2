// Every table and code list of a registry; parents come before their children.

/// The tables and code lists of a registry.
public struct Schema: Equatable, Sendable {
  /// The tables; a parent comes before its children, else they are ordered by name.
  public let tables: [Table]
  /// The code lists, ordered by name.
  public let codeLists: [CodeList]

  init(tables: [Table], codeLists: [CodeList]) {
    self.tables = tables
    self.codeLists = codeLists
  }

  /// The table with this name.
  public func table(_ name: String) -> Table? { tables.first { $0.name == name } }

  /// The code list with this name.
  public func codeList(_ name: String) -> CodeList? {
    codeListPosition(name).map { codeLists[$0] }
  }

  /// The code list that a field of type `code` draws from.
  public func codeList(of field: Field) -> CodeList? {
    guard case .code(let list) = field.type else { return nil }
    return codeList(list)
  }

  /// The position of the code list with this name.
  package func codeListPosition(_ name: String) -> Int? {
    codeLists.firstIndex { $0.name == name }
  }

  /// The tables whose parent is the table at this position.
  package func children(of table: Int) -> [Int] {
    tables.indices.filter { tables[$0].parent?.table == table }
  }
}
