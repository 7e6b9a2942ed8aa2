// One table with a field of every type, for tests of what is stored and what is refused.

enum ThingSchema {
  static let header = "number,name,note,place,level,tag,born,size,price,good"

  static let thing = table(
    "thing", key: "number",
    fields: [
      field(1, "number", "digits(4)", #""required": true"#),
      field(2, "name", "text", #""words": "name", "dictionary": "name", "aliases": ["ten"]"#),
      field(3, "note", "text"),
      field(4, "place", "text", #""words": "address", "dictionary": "place""#),
      field(5, "level", "code(level)"),
      field(6, "tag", "code(tag)"),
      field(7, "born", "day"),
      field(8, "size", "integer"),
      field(9, "price", "decimal(2)"),
      field(10, "good", "flag"),
      field(11, "word", "text", #""words": "whole", "dictionary": "word", "default": "as ever""#),
      field(12, "kind", "code(level)", #""default": "B""#),
      field(13, "origin", "text", #""default": "nowhere""#),
    ],
    indexes: [
      unique("number"),
      #"{"name": "note", "fields": ["note"]}"#,
      #"{"name": "name_and_born", "fields": ["name", "born"], "folded": true}"#,
    ])

  static let lists = [
    codes("level", ["A", "B", "C"]), codes("tag", open: true, ["x", "y"]),
  ]

  static func trial() throws -> Trial { try Trial([thing], lists: lists) }
}
