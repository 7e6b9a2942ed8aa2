// An old, cancelled or foreign number of a person, as a typed record of the table `identifier`.

public import Rows

/// An old, cancelled or foreign number of a person.
///
/// Every field may be absent.
public struct Identifier: Record, Equatable {
  /// The table that the record is of.
  public static let table = "identifier"

  /// Personal number of the person.
  public var personalNumber: String?
  /// Kind of the number.
  public var kind: String?
  /// The number as written, letters and leading zeros included.
  public var value: String?
  /// Place of issue as written.
  public var issuingPlace: String?
  /// First day of the number.
  public var validFrom: Day?
  /// Last day of the number.
  public var validTo: Day?
  /// State of the number.
  public var status: String?
  /// What the number was learned from.
  public var source: String?

  /// The fields of identifiers, to make conditions of.
  public struct Fields: Sendable {
    /// Personal number of the person.
    public let personalNumber = RecordField<Identifier, String>("personal_number")
    /// Kind of the number.
    public let kind = RecordField<Identifier, String>("kind")
    /// The number as written, letters and leading zeros included.
    public let value = RecordField<Identifier, String>("value")
    /// Place of issue as written.
    public let issuingPlace = RecordField<Identifier, String>("issuing_place")
    /// First day of the number.
    public let validFrom = RecordField<Identifier, Day>("valid_from")
    /// Last day of the number.
    public let validTo = RecordField<Identifier, Day>("valid_to")
    /// State of the number.
    public let status = RecordField<Identifier, String>("status")
    /// What the number was learned from.
    public let source = RecordField<Identifier, String>("source")
  }

  /// The fields, to make conditions of.
  public static let fields = Fields()

  /// Takes the values of a row of the table `identifier`.
  public init(_ row: Row) {
    personalNumber = row.value("personal_number")
    kind = row.value("kind")
    value = row.value("value")
    issuingPlace = row.value("issuing_place")
    validFrom = row.value("valid_from")
    validTo = row.value("valid_to")
    status = row.value("status")
    source = row.value("source")
  }
}
