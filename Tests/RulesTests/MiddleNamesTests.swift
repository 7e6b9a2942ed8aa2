// What middle names say of the sex, and where they say nothing.

import Bytes
import Testing

@testable import Rules

@Suite struct MiddleNamesTests {
  @Test(arguments: ["Văn", "VĂN", "văn", "Văn Đức", "Văn Văn"])
  func knowsThoseOfMen(_ names: String) {
    #expect(Array(names.utf8).lend(sexOfMiddleNames) == true)
  }

  @Test(arguments: ["Thị", "THỊ", "thị", "Thị Thu", "Thị Ngọc Anh"])
  func knowsThoseOfWomen(_ names: String) {
    #expect(Array(names.utf8).lend(sexOfMiddleNames) == false)
  }

  /// Names without marks are other names, too; both together, and behind another, they say nothing.
  @Test(arguments: [
    "", " ", "Van", "Thi", "Thì", "Thịnh", "Vân", "Đức", "Văn Thị", "Thị Văn", "VănThị", "Đức Văn",
    "Ngọc Thị",
  ])
  func saysNothingOfOthers(_ names: String) {
    #expect(Array(names.utf8).lend(sexOfMiddleNames) == nil)
  }
}
