// Reads every text of a column that is stored as bytes, to see that it can be read.

package import Bytes

extension TextColumn {
  /// Reads all texts that are stored as bytes: those of plain text and symbols, and those that are
  /// no words; throws the first corruption.
  package func readTexts(into room: inout Scratch<UInt8>) throws(Corruption) {
    for row in 0..<Int(texts.rowCount) {
      let count = try texts.append(row, to: room.view, at: 0)
      guard count > room.view.count else { continue }
      room = Scratch(count: 2 * count)
      _ = try texts.append(row, to: room.view, at: 0)
    }
  }
}
