// How well two names agree, and the key that keeps marks but not case and place of tone marks.

@_spi(_Unicode) import Swift

import Rows

/// How well two names agree, the best first.
package enum NameAgreement: UInt8, Comparable, CaseIterable, Sendable {
  /// The same text.
  case exact
  /// The same but for case, the place of tone marks, spaces and kinds of apostrophes.
  case marked
  /// The same letters, marks left out or different.
  case folded
  /// Other names whose words begin with the same letters.
  case initials
  /// Other names.
  case none

  package static func < (left: NameAgreement, right: NameAgreement) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// How well two names agree.
package func agreement(_ left: String, _ right: String) -> NameAgreement {
  if left._nfc.elementsEqual(right._nfc) { return .exact }
  if foldMarked(left) == foldMarked(right) { return .marked }
  let (left, right) = (fold(left), fold(right))
  if left == right { return .folded }
  let isSameInitials = initials(left).elementsEqual(initials(right))
  return isSameInitials && !left.isEmpty ? .initials : .none
}

private func initials(_ folded: String) -> [Unicode.Scalar?] {
  folded.split(separator: " ").map(\.unicodeScalars.first)
}

/// A name in lower case, NFC, single spaces, one kind of đ and apostrophe, and its tone marks where
/// the newer spelling has them: `hòa` gives `hoà`, `thúy` gives `thuý`.
///
/// The mark moves only where `oa`, `oe` or `uy` ends the syllable, and not after q.
package func foldMarked(_ name: String) -> String {
  var letters: [Unicode.Scalar] = []
  var isSpaceDue = false
  for scalar in name.lowercased()._nfc {
    let kept = plainPunctuation(scalar)
    guard let kept else { continue }
    if kept == " " {
      isSpaceDue = !letters.isEmpty
      continue
    }
    if isSpaceDue { letters.append(" ") }
    isSpaceDue = false
    letters.append(kept)
  }
  moveToneMarks(&letters)
  var result = ""
  result.unicodeScalars.append(contentsOf: letters)
  return result
}

/// One kind of space, apostrophe and đ; nil for what has no width.
private func plainPunctuation(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
  if scalar == "\u{F0}" || scalar == "\u{256}" { return "đ" }
  if scalar.isASCII { return Unicode.Scalar(FoldingTable.ascii(UInt8(scalar.value))) }
  let folded = FoldingTable.letter(scalar.value)
  if folded == FoldingTable.dropped, scalar.properties.canonicalCombiningClass == .notReordered {
    return nil
  }
  return folded == 0x20 || folded == UInt8(ascii: "'") ? Unicode.Scalar(folded) : scalar
}

private let tonedO = Array("òóỏõọ".unicodeScalars)
private let tonedU = Array("ùúủũụ".unicodeScalars)
private let tonedA = Array("àáảãạ".unicodeScalars)
private let tonedE = Array("èéẻẽẹ".unicodeScalars)
private let tonedY = Array("ỳýỷỹỵ".unicodeScalars)

private func moveToneMarks(_ letters: inout [Unicode.Scalar]) {
  guard letters.count >= 2 else { return }
  for index in 0..<letters.count - 1 {
    let isSyllableEnd =
      index + 2 == letters.count || !letters[index + 2].properties.isAlphabetic
    guard isSyllableEnd else { continue }
    if let tone = tonedO.firstIndex(of: letters[index]) {
      if letters[index + 1] == "a" {
        (letters[index], letters[index + 1]) = ("o", tonedA[tone])
      } else if letters[index + 1] == "e" {
        (letters[index], letters[index + 1]) = ("o", tonedE[tone])
      }
    } else if let tone = tonedU.firstIndex(of: letters[index]), letters[index + 1] == "y",
      index == 0 || letters[index - 1] != "q"
    {
      (letters[index], letters[index + 1]) = ("u", tonedY[tone])
    }
  }
}
