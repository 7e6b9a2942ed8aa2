// However a name was typed, its folded key is the same; and the quick way is the slow way.

import Bytes
import Support
import Testing

@testable import Rules

@Suite struct FoldingTests {
  @Test(arguments: [
    "Nguyễn Thị Hoà", "NGUYỄN THỊ HÒA", "  nguyen   thi hoa ", "Nguyễn\u{A0}Thị\tHòa",
    "Nguye\u{302}\u{303}n Thi\u{323} Hoa\u{300}", "Nguyễn\u{3000}Thị Hoà\u{200B}",
    "Nguyễn\u{2003}Thi\u{323}  Hòa",
  ])
  func foldsHoweverTyped(_ name: String) { #expect(fold(name) == "nguyen thi hoa") }

  @Test(arguments: [
    ("Đặng Đức", "dang duc"), ("Ðặng ðức", "dang duc"), ("Ɖặng ɖức", "dang duc"),
    ("H’Hen Niê", "h'hen nie"), ("H‘Hen", "h'hen"), ("HʼHen", "h'hen"), ("H`Hen", "h'hen"),
    ("H´Hen", "h'hen"), ("K'Dưng", "k'dung"), ("Y Moan Ênuôl", "y moan enuol"), ("", ""),
    ("  ", ""),
    ("ưƠ ỹỴ", "uo yy"), ("IİıI", "iiii"), ("Łukasz Ångström", "lukasz angstrom"),
    ("A\u{AD}B", "ab"), ("a-b\u{2010}c", "a-b-c"), ("Straße", "straße"), ("ẞ", "ß"),
    ("Æsir", "æsir"),
    ("Ἀθηνᾶ ΣΟΦΟΣ", "αθηνα σοφοσ"), ("Йосиф", "иосиф"), ("阮氏", "阮氏"), ("각", "각"),
    ("Ngô 😀", "ngo 😀"),
  ])
  func foldsEveryScript(_ name: String, _ expected: String) { #expect(fold(name) == expected) }

  /// Every Vietnamese letter, composed and decomposed, alone and beside a character that asks for
  /// the slow way, folds to its base letter.
  @Test func foldsEveryVietnameseLetter() {
    let vowels: [(String, String)] = [
      ("aàáảãạăằắẳẵặâầấẩẫậ", "a"), ("eèéẻẽẹêềếểễệ", "e"), ("iìíỉĩị", "i"),
      ("oòóỏõọôồốổỗộơờớởỡợ", "o"), ("uùúủũụưừứửữự", "u"), ("yỳýỷỹỵ", "y"), ("đ", "d"),
    ]
    for (letters, base) in vowels {
      for letter in letters {
        for text in [String(letter), letter.uppercased()] {
          #expect(fold(text) == base)
          #expect(fold(decomposed(text)) == base)
          #expect(fold(text + "阮") == base + "阮")
          #expect(fold(decomposed(text) + "阮") == base + "阮")
        }
      }
    }
  }

  /// Folding twice is folding once, and stays in the stated room, for characters of all planes.
  @Test func foldingTwiceIsFoldingOnce() {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<5000 {
      var text = ""
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        let bound: UInt32 =
          [0x80, 0x250, 0x3000, 0x1F000, 0x110000].randomElement(using: &random) ?? 1
        if let scalar = Unicode.Scalar(UInt32.random(in: 0..<bound, using: &random)) {
          text.unicodeScalars.append(scalar)
        }
      }
      let once = fold(text)
      #expect(fold(once) == once)
    }
  }

  /// The longest growth of any character stays in the stated room.
  @Test func everyCharacterStaysInItsRoom() {
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = String(scalar)
      if fold(text).utf8.count > foldedByteCountMax(of: text.utf8.count) - 8 {
        Issue.record("U+\(String(value, radix: 16))")
      }
    }
  }

  @Test func refusesTooLittleRoom() async {
    await #expect(processExitsWith: .failure) {
      let scratch = Scratch<UInt8>(count: 4)
      _ = ([0x61] as [UInt8]).lend { fold($0, into: scratch.view) }
    }
  }

  @Test func mendsBytesThatAreNotUTF8() {
    let scratch = Scratch<UInt8>(count: 64)
    let count = ([0x41, 0xFF, 0x42] as [UInt8]).lend { fold($0, into: scratch.view) }
    #expect(String(scratch.view.lent(count: count)) == "a\u{FFFD}b")
  }
}
