// Damage that has a name of its own, and texts that only resemble it.

import Bytes
import Testing

@testable import Rows

@Suite struct NumberDamageTests {
  @Test(arguments: [
    ("1.09001E+11", FieldProblem.exponentNotation), ("1,09E+11", .exponentNotation),
    ("1e11", .exponentNotation), ("9.2E-5", .exponentNotation),
    ("1096711206", .leadingZerosLost), ("79201000001", .leadingZerosLost),
    ("109671120", .wrongLength), ("0010967112060", .wrongLength),
    ("79201000001.0", .trailingPointZero), ("079201000001.00", .trailingPointZero),
    ("1.000", .notDigits), ("079201000001.", .notDigits), ("079201000001.5", .notDigits),
    ("0792O1000001", .notDigits), ("1.09E", .notDigits), ("E+11", .notDigits), ("", .notDigits),
    ("1.09E+1x", .notDigits),
  ])
  func namesWhatHappenedToAnIdentifier(_ text: String, _ problem: FieldProblem) {
    #expect(Array(text.utf8).lend { FieldText.digits($0, count: 12) } == ParsedField(problem))
  }

  @Test(arguments: [
    ("16-07-68", FieldProblem.twoDigitYear), ("1/2/90", .twoDigitYear), ("01.02.90", .twoDigitYear),
    ("26115", .spreadsheetDay), ("60", .spreadsheetDay),
    ("1/2-90", .notADay), ("1/2/1990", .notADay), ("001/2/90", .notADay), ("1/2/9", .notADay),
    ("123456", .notADay), ("1/2/", .notADay), ("/2/90", .notADay), ("5.5", .notADay),
  ])
  func namesWhatHappenedToADay(_ text: String, _ problem: FieldProblem) {
    #expect(Array(text.utf8).lend { FieldText.day($0) } == ParsedField(problem))
  }
}
