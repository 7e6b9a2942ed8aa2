// Households and persons before they are text: who there is, and the counters of their numbers.

/// A person's relation to the head, as in the code list `relation`.
enum Relation: UInt8 {
  case head = 1
  case wife = 2
  case husband = 3
  case child = 4
  case parent = 5
  case adoptedChild = 6
  case daughterInLaw = 8
  case sonInLaw = 9
  case parentInLaw = 10
  case elderBrother = 11
  case elderSister = 12
  case youngerSibling = 13
  case paternalGrandparent = 14
  case maternalGrandparent = 15
  case grandchildOfSon = 16
  case grandchildOfDaughter = 17
  case nephewOrNiece = 18
  case auntOrUncle = 19
  case otherRelative = 98
  case notRelated = 99
}

/// Marital states, as in the code list `marital`.
enum Marital: UInt8 {
  case single = 1
  case married = 2
  case widowed = 3
  case divorced = 4
  case separated = 5
}

/// Whose surname a person has: children have their father's.
enum Family: UInt8 {
  case head = 0
  case spouse = 1
  case childInLaw = 2
  case absentFather = 3
  /// A surname that nobody else in the household need have.
  case own = 4
}

struct PersonDraft {
  var relation: Relation
  var sex: Sex
  var marital: Marital
  var family: Family
  var age: UInt8
  /// Positions in `Country.provinces`.
  var birthProvince: UInt8
  var insuranceProvince: UInt8
  var hasOldNumber = false
  var hasSecondOldPrefix = false
  /// An old number that was given without a look at the register, and may be somebody else's too.
  var hasStrayOldNumber = false
  var hasCancelledNumber = false
  /// Counters within the person's province, sex and year, its insurance province, and its old
  /// prefix; set by `Numbering`.
  var tail: UInt32 = 0
  var cancelledTail: UInt32 = 0
  var insurance: UInt32 = 0
  var old: UInt32 = 0

  var birthYear: Int { ReferenceDay.year - Int(age) }

  init(relation: Relation, sex: Sex, age: Int, marital: Marital, family: Family) {
    self.relation = relation
    self.sex = sex
    self.age = UInt8(age)
    self.marital = marital
    self.family = family
    birthProvince = 0
    insuranceProvince = 0
  }
}

struct HouseholdDraft {
  static let sizeMax = 11

  /// The position of the head in the piece; the members follow.
  var firstPerson: Int
  var memberCount: Int
  /// Numbers left unused before this household's.
  var gap: Int
  /// Set by `Numbering`.
  var number: UInt32 = 0
}

/// A run of households of one province: the unit of work, and of randomness.
struct PieceDraft {
  /// Position among all pieces.
  let number: Int
  let province: Int
  /// The place of the first person in the province's order.
  let firstPerson: Int
  var households: [HouseholdDraft] = []
  var persons: [PersonDraft] = []

  init(number: Int, province: Int, firstPerson: Int) {
    self.number = number
    self.province = province
    self.firstPerson = firstPerson
  }

  /// Persons in a piece; the last piece of a province has fewer.
  static let personCountMax = 16_384
}
