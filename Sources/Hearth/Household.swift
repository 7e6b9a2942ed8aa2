// A residence household, as a typed record of the table `household`.

public import Rows

/// A residence household.
///
/// Every field may be absent.
public struct Household: Record, Equatable {
  /// The table that the record is of.
  public static let table = "household"

  /// Number of the residence household.
  public var householdNumber: String?
  /// Personal number of the head.
  public var headNumber: String?
  /// Commune of the dwelling, as recorded.
  public var commune: String?
  /// Version of the administrative units that the commune is a code of.
  public var communeVintage: String?
  /// Address of the dwelling without its commune.
  public var address: String?
  /// Number of members as declared.
  public var memberCount: Int?
  /// Poverty class.
  public var poverty: String?
  /// Kind of dwelling.
  public var dwelling: String?
  /// Mobile phone of the household, ten digits with the leading zero; mostly that of its head.
  public var phone: String?
  /// Fixed phone of the household, eleven digits with the leading zero.
  public var landline: String?
  /// Day on which the household was registered.
  public var registeredOn: Day?

  /// The fields of households, to make conditions of.
  public struct Fields: Sendable {
    /// Number of the residence household.
    public let householdNumber = RecordField<Household, String>("household_number")
    /// Personal number of the head.
    public let headNumber = RecordField<Household, String>("head_number")
    /// Commune of the dwelling, as recorded.
    public let commune = RecordField<Household, String>("commune")
    /// Version of the administrative units that the commune is a code of.
    public let communeVintage = RecordField<Household, String>("commune_vintage")
    /// Address of the dwelling without its commune.
    public let address = RecordField<Household, String>("address")
    /// Number of members as declared.
    public let memberCount = RecordField<Household, Int>("member_count")
    /// Poverty class.
    public let poverty = RecordField<Household, String>("poverty")
    /// Kind of dwelling.
    public let dwelling = RecordField<Household, String>("dwelling")
    /// Mobile phone of the household, ten digits with the leading zero; mostly that of its head.
    public let phone = RecordField<Household, String>("phone")
    /// Fixed phone of the household, eleven digits with the leading zero.
    public let landline = RecordField<Household, String>("landline")
    /// Day on which the household was registered.
    public let registeredOn = RecordField<Household, Day>("registered_on")
  }

  /// The fields, to make conditions of.
  public static let fields = Fields()

  /// Takes the values of a row of the table `household`.
  public init(_ row: Row) {
    householdNumber = row.value("household_number")
    headNumber = row.value("head_number")
    commune = row.value("commune")
    communeVintage = row.value("commune_vintage")
    address = row.value("address")
    memberCount = row.value("member_count")
    poverty = row.value("poverty")
    dwelling = row.value("dwelling")
    phone = row.value("phone")
    landline = row.value("landline")
    registeredOn = row.value("registered_on")
  }
}
