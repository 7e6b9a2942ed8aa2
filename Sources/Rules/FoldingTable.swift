// What each Latin letter is without its marks, as one character a code point.
//
// A lower-case letter stands for itself; ! is dropped (a combining mark, a soft hyphen); . is not
// in the table and asks for the slow way. Among the letters without a Unicode decomposition, đ, Đ,
// the eth Ð and the African Ɖ that are typed for it give d, and other letters with strokes their
// base.

import Bytes

/// The letters of U+00A0 to U+036F.
private let lowLetters: StaticString = """
   ............!......'...........aaaaaa.ceeeeiiiidnooooo.ouuuuy..\
  aaaaaa.ceeeeiiiidnooooo.ouuuuy.yaaaaaaccccccccddddeeeeeeeeeegggg\
  gggghhhhiiiiiiiiii..jjkk.llllll..llnnnnnn...oooooo..rrrrrrssssss\
  ssttttttuuuuuuuuuuuuwwyyyzzzzzz.b........d.............i..l.....\
  oo.............uu....zz......................aaiioouuuuuuuuuu.aa\
  aa..ggggkkoooo..j...gg..nnaa....aaaaeeeeiiiioooorrrruuuusstt..hh\
  ......aaeeooooooooyy......acc......b..................d.........\
  ........i.......................................................\
  .........................'.'''..........'.''....................\
  ................................!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!\
  !!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!\
  !!!!!!!!!!!!!!!!
  """

/// The letters of U+1E00 to U+1EFF, among them every Vietnamese vowel with a tone mark.
private let highLetters: StaticString = """
  aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm\
  mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv\
  wwwwwwwwwwxxxxyyzzzzzzhtwy......aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee\
  eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......
  """

enum FoldingTable {
  /// Not in the table.
  static let unknown = UInt8(ascii: ".")
  /// Nothing is left of the character.
  static let dropped = UInt8(ascii: "!")

  static var low: LentBytes {
    unsafe LentBytes(UnsafeRawPointer(lowLetters.utf8Start), count: lowLetters.utf8CodeUnitCount)
  }

  static var high: LentBytes {
    unsafe LentBytes(UnsafeRawPointer(highLetters.utf8Start), count: highLetters.utf8CodeUnitCount)
  }

  /// What an ASCII character folds to; `dropped` and `unknown` are never the answer.
  @inline(__always) static func ascii(_ byte: UInt8) -> UInt8 {
    if byte &- 0x41 < 26 { return byte | 0x20 }
    if byte == UInt8(ascii: "`") { return UInt8(ascii: "'") }
    return byte <= 0x20 ? 0x20 : byte
  }

  /// What a code point from U+0080 folds to, or `unknown`.
  @inline(__always) static func letter(_ scalar: UInt32) -> UInt8 {
    if scalar &- 0xA0 < 0x2D0 { return low[Int(scalar &- 0xA0)] }
    if scalar &- 0x1E00 < 0x100 { return high[Int(scalar &- 0x1E00)] }
    return punctuation(scalar)
  }

  private static func punctuation(_ scalar: UInt32) -> UInt8 {
    switch scalar {
    case 0x2000...0x200A, 0x202F, 0x205F, 0x3000: 0x20
    case 0x200B...0x200F, 0x2060, 0xFEFF: dropped
    case 0x2010, 0x2011: UInt8(ascii: "-")
    case 0x2018, 0x2019, 0x201B, 0x2032, 0xFF07: UInt8(ascii: "'")
    default: unknown
    }
  }
}
