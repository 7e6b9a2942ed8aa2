// A table as its file declares it: names not yet resolved, each with its place for errors.

/// A name in a schema file, with its place.
struct DeclaredName {
  var name: String
  var place: JSONPlace

  init(_ place: JSONPlace) throws(SchemaError) {
    name = try place.string()
    self.place = place
  }
}

/// A table as its file declares it.
struct TableDeclaration {
  var place: JSONPlace
  var name: String
  var version: Int
  var description: String
  var key: DeclaredName?
  var parent: (table: DeclaredName, field: DeclaredName)?
  var fields: [FieldDeclaration] = []
  var indexes: [IndexDeclaration] = []

  static let fieldCountMax = 1000

  init(_ place: JSONPlace) throws(SchemaError) {
    self.place = place
    let members = try place.members(
      required: ["name", "fields"],
      optional: ["version", "description", "key", "parent", "indexes"])
    name = try members["name"]?.name() ?? ""
    version = try members["version"]?.integer(in: 1...1_000_000) ?? 1
    description = try members["description"]?.string() ?? ""
    if let key = members["key"] { self.key = try DeclaredName(key) }
    if let parent = members["parent"] {
      let link = try parent.members(required: ["table", "field"])
      if let table = link["table"], let field = link["field"] {
        self.parent = (try DeclaredName(table), try DeclaredName(field))
      }
    }
    let fieldPlaces = try members["fields"]?.elements() ?? []
    guard fieldPlaces.count > 0, fieldPlaces.count <= Self.fieldCountMax else {
      throw (members["fields"] ?? place).error(.tooManyFields, "\(fieldPlaces.count)")
    }
    for field in fieldPlaces { fields.append(try FieldDeclaration(field)) }
    for index in try members["indexes"]?.elements() ?? [] {
      indexes.append(try IndexDeclaration(index))
    }
  }
}

/// A field as its table's file declares it.
struct FieldDeclaration {
  var place: JSONPlace
  var name: String
  var number: Int
  var numberPlace: JSONPlace
  var type: FieldType
  var typePlace: JSONPlace
  var meaning: String
  var sensitivity: Sensitivity
  var aliases: [DeclaredName] = []
  var isRequired: Bool
  var defaultText: DeclaredName?
  var source: String
  var words: WordSplit?
  var dictionary: String?
  var cut: CutDeclaration?
  var derived: DerivationDeclaration?

  init(_ outer: JSONPlace) throws(SchemaError) {
    var members = try outer.members(
      required: ["name", "number", "type", "meaning", "sensitivity"],
      optional: [
        "aliases", "required", "default", "source", "words", "dictionary", "cut", "derived",
      ])
    name = try members["name"]?.name() ?? ""
    place = outer
    place.field = name
    for key in members.keys { members[key]?.field = name }
    numberPlace = members["number"] ?? place
    number = try numberPlace.integer(in: 1...65_535)
    typePlace = members["type"] ?? place
    type = try Self.type(typePlace)
    meaning = try members["meaning"]?.string() ?? ""
    sensitivity = .internal
    if let sensitivity = members["sensitivity"] { self.sensitivity = try sensitivity.choice() }
    for alias in try members["aliases"]?.elements() ?? [] {
      aliases.append(try DeclaredName(alias))
    }
    isRequired = try members["required"]?.boolean() ?? false
    if let text = members["default"] { defaultText = try DeclaredName(text) }
    source = try members["source"]?.string() ?? ""
    if let words = members["words"] {
      guard type == .text else { throw words.error(.wordsOnOtherType, type.description) }
      self.words = try words.choice()
    }
    dictionary = try members["dictionary"]?.name()
    guard (words == nil) == (dictionary == nil) else { throw place.error(.wordsWithoutDictionary) }
    if let cut = members["cut"] { self.cut = try CutDeclaration(cut) }
    if let derived = members["derived"] { self.derived = try DerivationDeclaration(derived) }
  }

  private static func type(_ place: JSONPlace) throws(SchemaError) -> FieldType {
    let text = try place.string()
    guard let type = FieldType(text) else { throw place.error(.badValue, text) }
    switch type {
    case .digits(let count) where count < 1 || count > FieldType.digitCountMax:
      throw place.error(.digitsOutOfRange, "\(count)")
    case .decimal(let scale) where scale < 1 || scale > FieldType.digitCountMax:
      throw place.error(.scaleOutOfRange, "\(scale)")
    default: return type
    }
  }
}

/// A part of another field's text, as its table's file declares it.
struct CutDeclaration {
  var from: DeclaredName
  var offset: Int
  var count: Int
  var length: Int?

  init(_ place: JSONPlace) throws(SchemaError) {
    let members = try place.members(required: ["from", "offset", "count"], optional: ["length"])
    let byteCounts = 0...TextInspection.byteCountMax
    from = try DeclaredName(members["from"] ?? place)
    offset = try members["offset"]?.integer(in: byteCounts) ?? 0
    count = try members["count"]?.integer(in: byteCounts) ?? 0
    length = try members["length"]?.integer(in: offset + count...offset + count + 4096)
  }
}

/// An index as its table's file declares it.
struct IndexDeclaration {
  var place: JSONPlace
  var name: String
  var fields: [DeclaredName] = []
  var isUnique: Bool
  var isFolded: Bool
  var through: DeclaredName?

  init(_ place: JSONPlace) throws(SchemaError) {
    self.place = place
    let members = try place.members(
      required: ["name", "fields"], optional: ["unique", "folded", "through"])
    name = try members["name"]?.name() ?? ""
    for field in try members["fields"]?.elements() ?? [] {
      fields.append(try DeclaredName(field))
    }
    guard !fields.isEmpty else { throw (members["fields"] ?? place).error(.indexWithoutFields) }
    isUnique = try members["unique"]?.boolean() ?? false
    isFolded = try members["folded"]?.boolean() ?? false
    if let through = members["through"] { self.through = try DeclaredName(through) }
  }
}

/// How a field follows from others, as its table's file declares it: an object of one key.
struct DerivationDeclaration {
  indirect enum Form {
    case parent(DeclaredName)
    case digits([DigitPartDeclaration])
    case text([[DeclaredName]])
    case difference(DeclaredName)
    case mapped(DeclaredName)
    case children(DeclaredName)
    case firstChild(table: DeclaredName, field: DeclaredName)
  }

  var place: JSONPlace
  var form: Form

  init(_ place: JSONPlace) throws(SchemaError) {
    self.place = place
    let members = try place.members(
      optional: ["parent", "digits", "text", "difference", "mapped", "children", "firstChild"])
    guard members.count == 1, let (key, value) = members.first else {
      throw place.error(.badValue, "one key")
    }
    switch key {
    case "parent": form = .parent(try DeclaredName(value))
    case "digits":
      var parts: [DigitPartDeclaration] = []
      for part in try value.elements() { parts.append(try DigitPartDeclaration(part)) }
      form = .digits(parts)
    case "text":
      var alternatives: [[DeclaredName]] = []
      for alternative in try value.elements() {
        var fields: [DeclaredName] = []
        for field in try alternative.elements() { fields.append(try DeclaredName(field)) }
        guard !fields.isEmpty else { throw alternative.error(.badValue, "no fields") }
        alternatives.append(fields)
      }
      guard !alternatives.isEmpty else { throw value.error(.badValue, "no fields") }
      form = .text(alternatives)
    case "difference": form = .difference(try DeclaredName(value))
    case "mapped": form = .mapped(try DeclaredName(value))
    case "children": form = .children(try DeclaredName(value))
    default:
      let child = try value.members(required: ["table", "field"])
      guard let table = child["table"], let field = child["field"] else {
        throw value.error(.missingKey)
      }
      form = .firstChild(table: try DeclaredName(table), field: try DeclaredName(field))
    }
  }
}

/// Some digits of a derived number, as its table's file declares them.
struct DigitPartDeclaration {
  enum Form {
    case code(DeclaredName)
    case centuryAndSex(day: DeclaredName, sex: DeclaredName)
    case year(DeclaredName)
    case attribute(DeclaredName, of: DeclaredName)
    case leading(DeclaredName)
    case stored
  }

  var place: JSONPlace
  var form: Form
  var count: Int

  init(_ place: JSONPlace) throws(SchemaError) {
    self.place = place
    let members = try place.members(
      optional: [
        "code", "digits", "centuryAndSex", "year", "attribute", "of", "leading", "stored",
      ])
    switch Set(members.keys) {
    case ["code", "digits"]: form = .code(try Self.name(members, "code", place))
    case ["centuryAndSex"]:
      let sources = try (members["centuryAndSex"] ?? place).members(required: ["day", "sex"])
      form = .centuryAndSex(
        day: try Self.name(sources, "day", place), sex: try Self.name(sources, "sex", place))
    case ["year"]: form = .year(try Self.name(members, "year", place))
    case ["attribute", "of", "digits"]:
      form = .attribute(
        try Self.name(members, "attribute", place), of: try Self.name(members, "of", place))
    case ["leading", "digits"]: form = .leading(try Self.name(members, "leading", place))
    case ["stored"]: form = .stored
    default: throw place.error(.badValue, members.keys.sorted().joined(separator: " "))
    }
    switch form {
    case .centuryAndSex: count = 1
    case .year: count = 2
    default:
      let digits = members["stored"] ?? members["digits"] ?? place
      count = try digits.integer(in: 1...FieldType.digitCountMax)
    }
  }

  private static func name(
    _ members: [String: JSONPlace], _ key: String, _ place: JSONPlace
  ) throws(SchemaError) -> DeclaredName {
    guard let member = members[key] else { throw place.error(.missingKey, key) }
    return try DeclaredName(member)
  }
}
