// A schema with every way in which a field can follow from others, and few fields.

import Foundation
import Rows
import Support

/// A schema of homes and their members, read from files as users write them.
enum SmallSchema {
  static func make(in folder: TemporaryFolder) throws -> Schema {
    try FileManager.default.createDirectory(
      atPath: folder.file("codes"), withIntermediateDirectories: false)
    _ = try folder.write(home, as: "home.json")
    _ = try folder.write(member, as: "member.json")
    for (name, text) in lists { _ = try folder.write(text, as: "codes/\(name).json") }
    return try Schema(reading: folder.path)
  }

  private static let lists: [(String, String)] = [
    (
      "sex",
      """
      {"name": "sex", "description": "", "open": false, "attributes": [],
       "codes": [["M"], ["F"]]}
      """
    ),
    (
      "region",
      """
      {"name": "region", "description": "", "open": false, "attributes": ["prefix"],
       "codes": [["01", "10"], ["02", "17"], ["31", ""], ["79", "02"], ["999", "9"]]}
      """
    ),
    (
      "group",
      """
      {"name": "group", "description": "", "open": true, "attributes": [],
       "codes": [["HC"], ["DN"], ["TE"], ["NNNNNNNNNNNN"]]}
      """
    ),
    (
      "level",
      """
      {"name": "level", "description": "", "open": false, "attributes": [],
       "codes": [["1"], ["2"], ["3"], ["4"]]}
      """
    ),
  ]

  private static let home = """
    {"name": "home", "key": "home_number", "fields": [
      \(field("home_number", 1, "digits(6)")),
      \(field("head_number", 2, "digits(12)",
        #""derived": {"firstChild": {"table": "member", "field": "number"}}"#)),
      \(field("region", 3, "code(region)")),
      \(field("street", 4, "text", #""words": "address", "dictionary": "street""#)),
      \(field("member_count", 5, "integer", #""derived": {"children": "member"}"#)),
      \(field("moved_on", 9, "day")),
      \(field("note", 7, "text"))],
     "indexes": [{"name": "home_number", "fields": ["home_number"], "unique": true}]}
    """

  private static let member = """
    {"name": "member", "key": "number",
     "parent": {"table": "home", "field": "home_number"}, "fields": [
      \(field("number", 1, "digits(12)", #"""
        "derived": {"digits": [{"code": "birth_region", "digits": 3},
          {"centuryAndSex": {"day": "born", "sex": "sex"}}, {"year": "born"}, {"stored": 6}]}
        """#)),
      \(field("home_number", 2, "digits(6)")),
      \(field("full_name", 3, "text", #""words": "name", "dictionary": "name""#)),
      \(field("born", 4, "day")),
      \(field("sex", 5, "code(sex)")),
      \(field("region", 6, "code(region)", #""derived": {"parent": "region"}"#)),
      \(field("birth_region", 7, "code(region)")),
      \(field("street", 8, "text", #"""
        "words": "address", "dictionary": "street", "derived": {"parent": "street"}
        """#)),
      \(field("card", 9, "text", #"""
        "derived": {"text": [["group", "level", "card_region", "insurance"], ["insurance"]]}
        """#)),
      \(field("group", 10, "code(group)")),
      \(field("level", 11, "code(level)", #""derived": {"mapped": "group"}"#)),
      \(field("card_region", 12, "digits(2)", #"""
        "derived": {"digits": [{"leading": "insurance", "digits": 2}]}
        """#)),
      \(field("insurance", 13, "digits(10)")),
      \(field("valid_from", 14, "day", #""derived": {"difference": "valid_to"}"#)),
      \(field("valid_to", 15, "day")),
      \(field("old_number", 16, "digits(9)", #"""
        "derived": {"digits": [{"attribute": "prefix", "of": "birth_region", "digits": 2},
          {"stored": 7}]}
        """#)),
      \(field("typed", 17, "text", #""words": "whole", "dictionary": "typed""#)),
      \(field("remark", 18, "text")),
      \(field("weight", 19, "decimal(2)")),
      \(field("is_new", 20, "flag"))],
     "indexes": [{"name": "number", "fields": ["number"], "unique": true}]}
    """

  private static func field(
    _ name: String, _ number: Int, _ type: String, _ more: String = ""
  ) -> String {
    """
    {"name": "\(name)", "number": \(number), "type": "\(type)", "meaning": "",
     "sensitivity": "public"\(more.isEmpty ? "" : ", ")\(more)}
    """
  }
}
