// A small schema with every way in which a field can be stored or follow from others.

import Bytes
import Foundation

@testable import Rows

/// Files of a schema with households and persons.
enum CensusSchema {
  static let communeCount = 60

  static func made() throws -> Schema {
    try Schema(
      tableFiles: [("household.json", Array(household.utf8)), ("person.json", Array(person.utf8))],
      codeListFiles: [
        ("commune.json", Array(communes.utf8)), ("sex.json", codes("sex", ["M", "F"])),
        ("ethnicity.json", codes("ethnicity", (1...54).map { String(format: "%02d", $0) })),
        ("group.json", codes("group", ["HC", "DN", "TE", "HN"], isOpen: true)),
        ("level.json", codes("level", ["1", "2", "3", "4"])),
        ("vintage.json", codes("vintage", ["2024", "2025"])),
      ])
  }

  private static func codes(_ name: String, _ codes: [String], isOpen: Bool = false) -> [UInt8] {
    let rows = codes.map { "[\"\($0)\"]" }.joined(separator: ",")
    return Array(
      """
      {"name": "\(name)", "description": "", "source": "", "open": \(isOpen),
       "attributes": [], "codes": [\(rows)]}
      """.utf8)
  }

  /// Sixty communes in six provinces; some of no province, some that share a name.
  private static var communes: String {
    let rows = (0..<communeCount).map { index in
      let code = String(format: "%05d", index * 7)
      let province = index % 17 == 16 ? "" : String(format: "%02d", index / 10 + 1)
      return "[\"\(code)\", \"Commune \(index / 2)\", \"\(province)\"]"
    }
    return """
      {"name": "commune", "description": "", "source": "", "open": false,
       "attributes": ["name", "province_2024"], "codes": [\(rows.joined(separator: ",\n"))]}
      """
  }

  private static let household = """
    {"name": "household", "key": "household_number", "fields": [
      {"name": "household_number", "number": 1, "type": "digits(8)", "meaning": "",
       "sensitivity": "public", "required": true},
      {"name": "commune", "number": 2, "type": "code(commune)", "meaning": "",
       "sensitivity": "public"},
      {"name": "member_count", "number": 3, "type": "integer", "meaning": "",
       "sensitivity": "public", "derived": {"children": "person"}},
      {"name": "head_birth", "number": 4, "type": "day", "meaning": "", "sensitivity": "public",
       "derived": {"firstChild": {"table": "person", "field": "birth_date"}}},
      {"name": "poverty", "number": 5, "type": "code(level)", "meaning": "",
       "sensitivity": "public"},
      {"name": "commune_vintage", "number": 6, "type": "code(vintage)", "meaning": "",
       "sensitivity": "public", "default": "2024"},
      {"name": "rooms", "number": 7, "type": "integer", "meaning": "", "sensitivity": "public"}
    ], "indexes": [
      {"name": "household_number", "fields": ["household_number"], "unique": true}
    ]}
    """

  private static let person = """
    {"name": "person", "parent": {"table": "household", "field": "household_number"},
     "fields": [
      {"name": "number", "number": 1, "type": "digits(9)", "meaning": "", "sensitivity": "public",
       "derived": {"digits": [{"centuryAndSex": {"day": "birth_date", "sex": "sex"}},
        {"year": "birth_date"}, {"stored": 6}]}},
      {"name": "household_number", "number": 2, "type": "digits(8)", "meaning": "",
       "sensitivity": "public"},
      {"name": "birth_date", "number": 3, "type": "day", "meaning": "", "sensitivity": "public"},
      {"name": "sex", "number": 4, "type": "code(sex)", "meaning": "", "sensitivity": "public"},
      {"name": "ethnicity", "number": 5, "type": "code(ethnicity)", "meaning": "",
       "sensitivity": "public"},
      {"name": "commune", "number": 6, "type": "code(commune)", "meaning": "",
       "sensitivity": "public", "derived": {"parent": "commune"}},
      {"name": "commune_vintage", "number": 7, "type": "code(vintage)", "meaning": "",
       "sensitivity": "public", "default": "2024"},
      {"name": "card_group", "number": 8, "type": "code(group)", "meaning": "",
       "sensitivity": "public"},
      {"name": "card_level", "number": 9, "type": "code(level)", "meaning": "",
       "sensitivity": "public", "derived": {"mapped": "card_group"}},
      {"name": "valid_to", "number": 10, "type": "day", "meaning": "", "sensitivity": "public"},
      {"name": "valid_from", "number": 11, "type": "day", "meaning": "", "sensitivity": "public",
       "derived": {"difference": "valid_to"}},
      {"name": "wage", "number": 12, "type": "decimal(2)", "meaning": "", "sensitivity": "public"},
      {"name": "is_active", "number": 13, "type": "flag", "meaning": "", "sensitivity": "public"},
      {"name": "name", "number": 14, "type": "text", "meaning": "", "sensitivity": "public"},
      {"name": "children", "number": 15, "type": "integer", "meaning": "", "sensitivity": "public"},
      {"name": "serial", "number": 16, "type": "integer", "meaning": "", "sensitivity": "public"}
     ]}
    """
}
