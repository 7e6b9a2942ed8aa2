// A further or earlier health-insurance card of a person, as a typed record of the table
// `coverage`.

public import Rows

/// A further or earlier health-insurance card of a person.
///
/// Every field may be absent.
public struct Coverage: Record, Equatable {
  /// The table that the record is of.
  public static let table = "coverage"

  /// Personal number of the holder.
  public var personalNumber: String?
  /// Social insurance number on the card.
  public var insuranceNumber: String?
  /// Number on an earlier or further card as printed: 15 characters, or the 10 digits of the
  /// insurance number.
  public var cardNumber: String?
  /// Group of insured persons.
  public var cardGroup: String?
  /// Benefit level as printed on the card.
  public var cardLevel: String?
  /// Province of issue on a card of 15 characters.
  public var cardProvince: String?
  /// Facility of first registration.
  public var cardFacility: String?
  /// First day of the card.
  public var cardValidFrom: Day?
  /// Last day of the card.
  public var cardValidTo: Day?
  /// State of the card, with the reason of its end.
  public var cardStatus: String?
  /// Day from which five years of insurance without a gap are complete.
  public var cardFiveYearDay: Day?
  /// Area of priority printed on the card.
  public var cardArea: String?
  /// Whether the card is a temporary one, for a child under six or an organ donor.
  public var isTemporary: Bool?
  /// Number of the card that replaced this one.
  public var successorNumber: String?

  /// The fields of coverages, to make conditions of.
  public struct Fields: Sendable {
    /// Personal number of the holder.
    public let personalNumber = RecordField<Coverage, String>("personal_number")
    /// Social insurance number on the card.
    public let insuranceNumber = RecordField<Coverage, String>("insurance_number")
    /// Number on an earlier or further card as printed: 15 characters, or the 10 digits of the
    /// insurance number.
    public let cardNumber = RecordField<Coverage, String>("card_number")
    /// Group of insured persons.
    public let cardGroup = RecordField<Coverage, String>("card_group")
    /// Benefit level as printed on the card.
    public let cardLevel = RecordField<Coverage, String>("card_level")
    /// Province of issue on a card of 15 characters.
    public let cardProvince = RecordField<Coverage, String>("card_province")
    /// Facility of first registration.
    public let cardFacility = RecordField<Coverage, String>("card_facility")
    /// First day of the card.
    public let cardValidFrom = RecordField<Coverage, Day>("card_valid_from")
    /// Last day of the card.
    public let cardValidTo = RecordField<Coverage, Day>("card_valid_to")
    /// State of the card, with the reason of its end.
    public let cardStatus = RecordField<Coverage, String>("card_status")
    /// Day from which five years of insurance without a gap are complete.
    public let cardFiveYearDay = RecordField<Coverage, Day>("card_five_year_day")
    /// Area of priority printed on the card.
    public let cardArea = RecordField<Coverage, String>("card_area")
    /// Whether the card is a temporary one, for a child under six or an organ donor.
    public let isTemporary = RecordField<Coverage, Bool>("is_temporary")
    /// Number of the card that replaced this one.
    public let successorNumber = RecordField<Coverage, String>("successor_number")
  }

  /// The fields, to make conditions of.
  public static let fields = Fields()

  /// Takes the values of a row of the table `coverage`.
  public init(_ row: Row) {
    personalNumber = row.value("personal_number")
    insuranceNumber = row.value("insurance_number")
    cardNumber = row.value("card_number")
    cardGroup = row.value("card_group")
    cardLevel = row.value("card_level")
    cardProvince = row.value("card_province")
    cardFacility = row.value("card_facility")
    cardValidFrom = row.value("card_valid_from")
    cardValidTo = row.value("card_valid_to")
    cardStatus = row.value("card_status")
    cardFiveYearDay = row.value("card_five_year_day")
    cardArea = row.value("card_area")
    isTemporary = row.value("is_temporary")
    successorNumber = row.value("successor_number")
  }
}
