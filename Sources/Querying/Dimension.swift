// By what rows are counted: a field's value, its band of ages, its year, or an attribute of its
// code.

package import Rows
package import Store

/// One side of a table of counts.
package struct Dimension: Equatable, Sendable {
  /// What of a field tells rows apart.
  package enum Kind: Equatable, Sendable {
    /// The value itself; the key is the stored integer.
    case value
    /// Completed years on a known day, in bands; the key is the band's least age, or -1 for those
    /// not born yet. A day known to the month or year counts as its first possible day.
    case ageBand(widthYears: Int, on: Day)
    /// The calendar year; the key is the year.
    case year
    /// An attribute of the code list; the key is the text's position among all texts that the
    /// attribute has, in ascending order. A code without the attribute counts as absent.
    case attribute(Int)
  }

  /// The position of the field in its table.
  package var field: Int
  package var kind: Kind

  package init(field: Int, kind: Kind = .value) {
    self.field = field
    self.kind = kind
  }

  /// The widest band.
  package static let bandWidthYearsMax = 150

  /// Reads `field`, `field.attribute`, `field:year`, `field:age5` or `field:age5@2024-04-01`.
  package init(
    _ text: String, table: Int, today: Day, in snapshot: borrowing Snapshot
  ) throws(QueryError) {
    let fields = snapshot.registry.schema.tables[table]
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let names = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(names.first ?? "")
    guard let field = fields.position(of: name) else {
      throw QueryError(.unknownField, at: 0, name: name)
    }
    var kind = Kind.value
    if names.count == 2 {
      guard parts.count == 1 else {
        throw QueryError(.badDimension, at: parts[0].utf8.count, name: String(parts[1]))
      }
      let attribute = String(names[1])
      guard let codes = FieldCodes(field: field, table: table, in: snapshot) else {
        throw QueryError(.wrongType, at: 0, name: name)
      }
      guard let position = codes.attribute(attribute) else {
        throw QueryError(.unknownAttribute, at: name.utf8.count + 1, name: attribute)
      }
      kind = .attribute(position)
    } else if parts.count == 2 {
      kind = try Self.dayKind(String(parts[1]), at: name.utf8.count + 1, today: today)
    }
    self.init(field: field, kind: kind)
    try check(table: table, in: snapshot)
  }

  private static func dayKind(
    _ text: String, at position: Int, today: Day
  ) throws(QueryError) -> Kind {
    if text == "year" { return .year }
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts[0].hasPrefix("age"), let width = Int(parts[0].dropFirst(3)) else {
      throw QueryError(.badDimension, at: position, name: text)
    }
    guard parts.count == 2 else { return .ageBand(widthYears: width, on: today) }
    do {
      return .ageBand(widthYears: width, on: try Day(String(parts[1])))
    } catch {
      throw QueryError(
        .badValue(error), at: position + parts[0].utf8.count + 1, name: String(parts[1]))
    }
  }

  /// Throws unless the field's type has such a dimension.
  func check(table: Int, in snapshot: borrowing Snapshot) throws(QueryError) {
    let fields = snapshot.registry.schema.tables[table].fields
    guard fields.indices.contains(field) else {
      throw QueryError(.unknownField, name: "\(field)")
    }
    let declared = fields[field]
    switch kind {
    case .value:
      guard declared.type != .text else { throw QueryError(.wrongType, name: declared.name) }
    case .ageBand(let width, let day):
      guard declared.type == .day else { throw QueryError(.wrongType, name: declared.name) }
      guard width >= 1, width <= Self.bandWidthYearsMax, day.precision == .day else {
        throw QueryError(.badDimension, name: declared.name)
      }
    case .year:
      guard declared.type == .day else { throw QueryError(.wrongType, name: declared.name) }
    case .attribute(let position):
      guard let list = snapshot.registry.schema.codeList(of: declared) else {
        throw QueryError(.wrongType, name: declared.name)
      }
      guard list.attributes.indices.contains(position) else {
        throw QueryError(.unknownAttribute, name: "\(position)")
      }
    }
  }
}
