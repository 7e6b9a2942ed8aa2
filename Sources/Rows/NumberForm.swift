// How numbers of a column are written: the mark before the decimals and the one between thousands.

package import Bytes

/// A way to write numbers, other than 1234.5.
package struct NumberForm: Equatable, Sendable {
  /// The mark before decimals.
  package let decimal: UInt8
  /// The marks between groups of three digits, one of which a number uses.
  package let thousands: [UInt8]

  package init(decimal: UInt8, thousands: [UInt8]) {
    self.decimal = decimal
    self.thousands = thousands
  }

  /// A number as fields are written: without marks between thousands, and with a point; nil if it
  /// is not written in this form.
  package func plain(_ text: LentBytes) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var at = 0
    // Digits since the mark before, if there is one.
    var (digitCount, isGrouped) = (0, false)
    while at < text.count, text[at] != decimal {
      if thousands.elementsEqual([text[at]]) {
        guard isGrouped ? digitCount == 3 : 1...3 ~= digitCount else { return nil }
        (digitCount, isGrouped) = (0, true)
      } else {
        if text[at] &- 0x30 < 10 { digitCount += 1 }
        bytes.append(text[at])
      }
      at += 1
    }
    guard !isGrouped || digitCount == 3 else { return nil }
    guard at < text.count else { return bytes }
    bytes.append(UInt8(ascii: "."))
    for index in at + 1..<text.count {
      guard text[index] &- 0x30 < 10 else { return nil }
      bytes.append(text[index])
    }
    return bytes
  }
}
