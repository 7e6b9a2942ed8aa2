// An insured person, as a typed record of the table `person`.

public import Rows

/// An insured person.
///
/// Every field may be absent.
public struct Person: Record, Equatable {
  /// The table that the record is of.
  public static let table = "person"

  /// Personal identification number; a newborn has none yet.
  public var personalNumber: String?
  /// Number of the residence household; a person of no household has none.
  public var householdNumber: String?
  /// Name as typed, in the normalisation form NFC.
  public var fullName: String?
  /// Day of birth, or the month or year where no more is known.
  public var birthDate: Day?
  /// Sex as recorded.
  public var sex: String?
  /// Ethnic group.
  public var ethnicity: String?
  /// Religion.
  public var religion: String?
  /// Relation to the head of the household, as a code.
  public var relation: String?
  /// Relation to the head as typed on the form.
  public var relationTyped: String?
  /// Marital status.
  public var marital: String?
  /// Highest completed education.
  public var education: String?
  /// Occupation.
  public var occupation: String?
  /// Commune of residence, as recorded.
  public var commune: String?
  /// Version of the administrative units that the commune is a code of.
  public var communeVintage: String?
  /// Address of residence without its commune.
  public var address: String?
  /// Province where the birth was registered.
  public var birthProvince: String?
  /// Mobile phone, ten digits with the leading zero; one phone may serve several persons.
  public var phone: String?
  /// Fixed phone, eleven digits with the leading zero.
  public var landline: String?
  /// Nine-digit number of the former identity card; two persons may have the same.
  public var oldNumber: String?
  /// Social insurance number.
  public var insuranceNumber: String?
  /// Number of the social insurance household, another grouping than the residence household.
  public var insuranceHouseholdNumber: String?
  /// Relation to the head of the social insurance household.
  public var insuranceHouseholdRelation: String?
  /// First day in the social insurance household.
  public var insuranceHouseholdFrom: Day?
  /// Last day in the social insurance household.
  public var insuranceHouseholdTo: Day?
  /// Number on the current card as printed: 15 characters, or the 10 digits of the insurance
  /// number.
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

  /// The fields of persons, to make conditions of.
  public struct Fields: Sendable {
    /// Personal identification number; a newborn has none yet.
    public let personalNumber = RecordField<Person, String>("personal_number")
    /// Number of the residence household; a person of no household has none.
    public let householdNumber = RecordField<Person, String>("household_number")
    /// Name as typed, in the normalisation form NFC.
    public let fullName = RecordField<Person, String>("full_name")
    /// Day of birth, or the month or year where no more is known.
    public let birthDate = RecordField<Person, Day>("birth_date")
    /// Sex as recorded.
    public let sex = RecordField<Person, String>("sex")
    /// Ethnic group.
    public let ethnicity = RecordField<Person, String>("ethnicity")
    /// Religion.
    public let religion = RecordField<Person, String>("religion")
    /// Relation to the head of the household, as a code.
    public let relation = RecordField<Person, String>("relation")
    /// Relation to the head as typed on the form.
    public let relationTyped = RecordField<Person, String>("relation_typed")
    /// Marital status.
    public let marital = RecordField<Person, String>("marital")
    /// Highest completed education.
    public let education = RecordField<Person, String>("education")
    /// Occupation.
    public let occupation = RecordField<Person, String>("occupation")
    /// Commune of residence, as recorded.
    public let commune = RecordField<Person, String>("commune")
    /// Version of the administrative units that the commune is a code of.
    public let communeVintage = RecordField<Person, String>("commune_vintage")
    /// Address of residence without its commune.
    public let address = RecordField<Person, String>("address")
    /// Province where the birth was registered.
    public let birthProvince = RecordField<Person, String>("birth_province")
    /// Mobile phone, ten digits with the leading zero; one phone may serve several persons.
    public let phone = RecordField<Person, String>("phone")
    /// Fixed phone, eleven digits with the leading zero.
    public let landline = RecordField<Person, String>("landline")
    /// Nine-digit number of the former identity card; two persons may have the same.
    public let oldNumber = RecordField<Person, String>("old_number")
    /// Social insurance number.
    public let insuranceNumber = RecordField<Person, String>("insurance_number")
    /// Number of the social insurance household, another grouping than the residence household.
    public let insuranceHouseholdNumber = RecordField<Person, String>("insurance_household_number")
    /// Relation to the head of the social insurance household.
    public let insuranceHouseholdRelation = RecordField<Person, String>(
      "insurance_household_relation")
    /// First day in the social insurance household.
    public let insuranceHouseholdFrom = RecordField<Person, Day>("insurance_household_from")
    /// Last day in the social insurance household.
    public let insuranceHouseholdTo = RecordField<Person, Day>("insurance_household_to")
    /// Number on the current card as printed: 15 characters, or the 10 digits of the insurance
    /// number.
    public let cardNumber = RecordField<Person, String>("card_number")
    /// Group of insured persons.
    public let cardGroup = RecordField<Person, String>("card_group")
    /// Benefit level as printed on the card.
    public let cardLevel = RecordField<Person, String>("card_level")
    /// Province of issue on a card of 15 characters.
    public let cardProvince = RecordField<Person, String>("card_province")
    /// Facility of first registration.
    public let cardFacility = RecordField<Person, String>("card_facility")
    /// First day of the card.
    public let cardValidFrom = RecordField<Person, Day>("card_valid_from")
    /// Last day of the card.
    public let cardValidTo = RecordField<Person, Day>("card_valid_to")
    /// State of the card, with the reason of its end.
    public let cardStatus = RecordField<Person, String>("card_status")
    /// Day from which five years of insurance without a gap are complete.
    public let cardFiveYearDay = RecordField<Person, Day>("card_five_year_day")
    /// Area of priority printed on the card.
    public let cardArea = RecordField<Person, String>("card_area")
  }

  /// The fields, to make conditions of.
  public static let fields = Fields()

  /// Takes the values of a row of the table `person`.
  public init(_ row: Row) {
    personalNumber = row.value("personal_number")
    householdNumber = row.value("household_number")
    fullName = row.value("full_name")
    birthDate = row.value("birth_date")
    sex = row.value("sex")
    ethnicity = row.value("ethnicity")
    religion = row.value("religion")
    relation = row.value("relation")
    relationTyped = row.value("relation_typed")
    marital = row.value("marital")
    education = row.value("education")
    occupation = row.value("occupation")
    commune = row.value("commune")
    communeVintage = row.value("commune_vintage")
    address = row.value("address")
    birthProvince = row.value("birth_province")
    phone = row.value("phone")
    landline = row.value("landline")
    oldNumber = row.value("old_number")
    insuranceNumber = row.value("insurance_number")
    insuranceHouseholdNumber = row.value("insurance_household_number")
    insuranceHouseholdRelation = row.value("insurance_household_relation")
    insuranceHouseholdFrom = row.value("insurance_household_from")
    insuranceHouseholdTo = row.value("insurance_household_to")
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
  }
}
