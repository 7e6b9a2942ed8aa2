// What the middle names of a person say of the sex: Văn that of men, Thị that of women.
//
// Both mark older people more than younger ones, no law asks for them, and a newborn without a
// birth registration is recorded under its mother's or father's name. So a name never decides.

package import Bytes

/// Whether middle names are those of men or of women, by the first of them; nil where it is neither
/// Văn nor Thị, or where both stand there.
package func sexOfMiddleNames(_ text: LentBytes) -> Bool? {
  var (first, isMale, isFemale) = (Bool?.none, false, false)
  var start = 0
  for end in 0...text.count where end == text.count || text[end] == UInt8(ascii: " ") {
    let name = text.part(start, end)
    isMale = isMale || van.contains { $0.lend(name.isEqual) }
    isFemale = isFemale || thi.contains { $0.lend(name.isEqual) }
    if start == 0, isMale != isFemale { first = isMale }
    start = end + 1
  }
  return isMale && isFemale ? nil : first
}

/// As names are stored: in the normal form, in any case.
private let van = ["Văn", "VĂN", "văn"].map { Array($0.utf8) }
private let thi = ["Thị", "THỊ", "thị"].map { Array($0.utf8) }
