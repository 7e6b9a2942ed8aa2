// The key under which a name is found however it was typed: no marks, no case, single spaces.
//
// Nguyễn Thị Hoà, NGUYỄN THỊ HÒA, nguyen  thi hoa and the same in decomposed form give
// `nguyen thi hoa`. Spaces of every kind become one space and are trimmed, apostrophes of every
// kind become ', characters without width are dropped. Letters of other scripts keep their own
// alphabet, in lower case and without marks. Folding twice is folding once.

@_spi(_Unicode) import Swift

package import Bytes
import Rows

/// How many bytes the folded form of a text of so many bytes can have at most.
package func foldedByteCountMax(of byteCount: Int) -> Int { byteCount * 4 + 8 }

/// Writes the folded form of a text to `target`, which must have room for `foldedByteCountMax`, and
/// returns its length.
///
/// The text must be UTF-8.
package func fold(_ text: LentBytes, into target: ScratchView<UInt8>) -> Int {
  precondition(target.count >= foldedByteCountMax(of: text.count))
  let count = foldLatin(text, target)
  return count >= 0 ? count : foldAnyScript(text, target)
}

/// The folded form of a text.
package func fold(_ text: String) -> String {
  let bytes = Array(text.utf8)
  let scratch = Scratch<UInt8>(count: foldedByteCountMax(of: bytes.count))
  let count = bytes.lend { fold($0, into: scratch.view) }
  return String(scratch.view.lent(count: count))
}

/// Folds a text of which the table knows every character; -1 if there is another.
private func foldLatin(_ text: LentBytes, _ target: ScratchView<UInt8>) -> Int {
  var count = 0
  var isSpaceDue = false
  var index = 0
  while index < text.count {
    let byte = text[index]
    var folded: UInt8
    if byte < 0x80 {
      folded = FoldingTable.ascii(byte)
      index &+= 1
    } else {
      let (scalar, length) = decodeScalar(text, at: index)
      folded = FoldingTable.letter(scalar)
      if folded == FoldingTable.unknown || length == 0 { return -1 }
      index &+= length
      if folded == FoldingTable.dropped { continue }
    }
    if folded == 0x20 {
      isSpaceDue = count > 0
      continue
    }
    if isSpaceDue {
      target[count] = 0x20
      count &+= 1
      isSpaceDue = false
    }
    target[count] = folded
    count &+= 1
  }
  return count
}

/// Folds a text of any script by the properties of its characters.
private func foldAnyScript(_ text: LentBytes, _ target: ScratchView<UInt8>) -> Int {
  var kept = ""
  for scalar in String(text).lowercased()._nfd {
    if scalar.isASCII {
      kept.unicodeScalars.append(Unicode.Scalar(FoldingTable.ascii(UInt8(scalar.value))))
      continue
    }
    let folded = FoldingTable.letter(scalar.value)
    if folded == FoldingTable.dropped { continue }
    if scalar == "ς" {
      kept.unicodeScalars.append("σ")
    } else if folded != FoldingTable.unknown {
      kept.unicodeScalars.append(Unicode.Scalar(folded))
    } else if scalar.properties.generalCategory != .nonspacingMark {
      kept.unicodeScalars.append(scalar)
    }
  }
  var count = 0
  var isSpaceDue = false
  for scalar in kept._nfc {
    if scalar == " " {
      isSpaceDue = count > 0
      continue
    }
    if isSpaceDue {
      target[count] = 0x20
      count += 1
      isSpaceDue = false
    }
    for byte in Unicode.UTF8.encode(scalar) ?? .init() {
      target[count] = byte
      count += 1
    }
  }
  return count
}
