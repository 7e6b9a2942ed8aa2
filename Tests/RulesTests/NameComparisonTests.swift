// How well names agree; the variants are those of the text traps of the reference facts.

import Testing

@testable import Rules

@Suite struct NameComparisonTests {
  /// The tone mark moves to the second vowel, in both cases of letters, composed or not.
  @Test(arguments: [
    ("òa", "oà"), ("óa", "oá"), ("ỏa", "oả"), ("õa", "oã"), ("ọa", "oạ"), ("òe", "oè"),
    ("óe", "oé"),
    ("ỏe", "oẻ"), ("õe", "oẽ"), ("ọe", "oẹ"), ("ùy", "uỳ"), ("úy", "uý"), ("ủy", "uỷ"),
    ("ũy", "uỹ"),
    ("ụy", "uỵ"),
  ])
  func movesToneMarks(_ variant: String, _ canonical: String) {
    #expect(foldMarked("h" + variant) == "h" + canonical)
    #expect(foldMarked(variant.uppercased()) == canonical)
    #expect(foldMarked(decomposed(variant)) == canonical)
    #expect(foldMarked(canonical) == canonical)
    #expect(agreement("H\(variant)", "H\(canonical)") == .marked)
  }

  /// Not inside a syllable, and not after q, whose u is no vowel of its own.
  @Test(arguments: ["hòan", "quý", "quỳ", "qúy", "túyp", "lòai"])
  func leavesOtherToneMarks(_ name: String) { #expect(foldMarked(name) == name) }

  /// i and y are variants that must not be taken for one another.
  @Test(arguments: [("lí", "lý"), ("mĩ", "mỹ"), ("qui", "quy")])
  func keepsIAndYApart(_ left: String, _ right: String) {
    #expect(foldMarked(left) != foldMarked(right))
  }

  @Test(arguments: [
    ("Nguyễn Thị Hòa", "Nguyễn Thị Hòa", NameAgreement.exact),
    ("Nguyễn Thị Hòa", "Nguye\u{302}\u{303}n Thi\u{323} Hòa", .exact),
    ("Nguyễn Thị Hòa", "NGUYỄN  THỊ HOÀ", .marked), ("Ðỗ H’Hen", "Đỗ H'Hen", .marked),
    ("Nguyễn Thị Hoà", "Nguyen Thi Hoa", .folded), ("Nguyễn Thị Hoa", "Nguyễn Thị Hoà", .folded),
    ("Nguyễn Thị Hoà", "Ngô Thanh Hùng", .initials), ("Nguyễn Thị Hoà", "Trần Thị Hoà", .none),
    ("Nguyễn Hoà", "Nguyễn Thị Hoà", .none), ("", "", .exact),
  ])
  func gradesAgreement(_ left: String, _ right: String, _ grade: NameAgreement) {
    #expect(agreement(left, right) == grade)
    #expect(agreement(right, left) == grade)
  }
}
