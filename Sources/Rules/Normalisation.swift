// The normalisation form NFC, in which every text of a registry is stored.
//
// The standard library has the algorithm and the tables (the version of Unicode is that of the
// toolchain); it shows them only to libraries of its own kind, hence the @_spi import.

@_spi(_Unicode) import Swift

package import Bytes
import Rows

/// The NFC form of a text that is not in it, or nil if the text is in NFC already.
///
/// The text must be UTF-8. A text that `TextInspection` found surely normal need not be asked
/// about.
package func normalised(_ text: LentBytes) -> [UInt8]? {
  if TextInspection(text).isSurelyNormal { return nil }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.count)
  for scalar in String(text)._nfc {
    if let encoded = Unicode.UTF8.encode(scalar) { bytes.append(contentsOf: encoded) }
  }
  return bytes.lend { $0.isEqual(to: text) } ? nil : bytes
}
