// Homes with members and members with papers, for tests of parents, children and keys.

enum FamilySchema {
  static let home = table(
    "home", key: "home_number",
    fields: [
      field(1, "home_number", "digits(4)", #""required": true"#),
      field(2, "street", "text", #""words": "address", "dictionary": "street""#),
      field(3, "region", "code(region)"),
      field(4, "member_count", "integer", #""derived": {"children": "member"}"#),
      field(
        5, "head", "digits(6)",
        #""derived": {"firstChild": {"table": "member", "field": "number"}}"#),
    ], indexes: [unique("home_number")])

  static let member = table(
    "member", key: "number",
    fields: [
      field(1, "number", "digits(6)"),
      field(2, "home_number", "digits(4)"),
      field(3, "name", "text", #""words": "name", "dictionary": "name""#),
      field(4, "mail", "text"),
      field(
        5, "street", "text",
        #""words": "address", "dictionary": "street", "derived": {"parent": "street"}"#),
      field(6, "region", "code(region)", #""derived": {"parent": "region"}"#),
      field(7, "card", "digits(8)"),
    ], indexes: [unique("number"), unique("mail"), unique("card")],
    #""parent": {"table": "home", "field": "home_number"}"#)

  static let paper = table(
    "paper",
    fields: [
      field(1, "number", "digits(6)"), field(2, "value", "text"),
    ], indexes: [#"{"name": "value", "fields": ["value"]}"#],
    #""parent": {"table": "member", "field": "number"}"#)

  static func trial() throws -> Trial {
    try Trial([home, member, paper], lists: [codes("region", open: true, ["01", "02"])])
  }
}
