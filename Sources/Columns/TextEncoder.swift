// Writes a column of texts in the smallest of its encodings.
//
// Absent in every row: constant. Else symbols, or plain text where the symbols do not pay for their
// table. The choice is by exact size; a tie goes to symbols, the lower encoding number. Equal texts
// give equal bytes. The layout of both is in PlainText.swift.

import Bytes

/// The column of these texts.
package func encodeText(_ input: TextInput) -> [UInt8] {
  let extent = TextExtent(of: input)
  if extent.presentCount == 0 { return encodeAbsentTexts(rowCount: input.rowCount) }

  let groupCount = TextRows.groupCount(input.rowCount)
  let anchors = Scratch<UInt32>(count: groupCount)
  defer { withExtendedLifetime(anchors) {} }
  if extent.byteCount >= trainedByteCountMin {
    let trainer = SymbolTrainer()
    defer { withExtendedLifetime(trainer) {} }
    trainer.train(on: input, byteCount: extent.byteCount)
    let texts = Scratch<UInt8>(count: extent.symbolTextsSizeMax)
    defer { withExtendedLifetime(texts) {} }
    let size = writeSymbolTexts(
      input, matcher: trainer.matcher.view, anchors: anchors.view, texts: texts.view)
    let symbols = trainer.matcher.symbols
    let layout = TextLayout(groupCount: groupCount, symbolCount: symbols.count, textsSize: size)
    let plain = TextLayout(
      groupCount: groupCount, symbolCount: 0, textsSize: extent.plainTextsSize)
    if symbols.count > 0, layout.columnSize <= plain.columnSize {
      return layout.column(
        rowCount: input.rowCount, symbols: symbols, anchors: anchors.view, texts: texts.view)
    }
  }

  let texts = Scratch<UInt8>(count: extent.plainTextsSize)
  defer { withExtendedLifetime(texts) {} }
  let size = writePlainTexts(input, anchors: anchors.view, texts: texts.view)
  assert(size == extent.plainTextsSize)
  return TextLayout(groupCount: groupCount, symbolCount: 0, textsSize: size).column(
    rowCount: input.rowCount, symbols: [], anchors: anchors.view, texts: texts.view)
}

/// Fewer bytes than this never pay for a table of symbols.
private let trainedByteCountMin = 256

/// How much text there is, once every row is checked to lie in the arena.
private struct TextExtent {
  var presentCount = 0
  var byteCount = 0
  /// Bytes of the groups of plain text.
  var plainTextsSize: Int
  /// Bytes that the groups of symbols cannot pass.
  var symbolTextsSizeMax: Int { 2 * byteCount + plainTextsSize + 4 * presentCount }

  private static let byteCountMax = 1 << 30

  init(of input: TextInput) {
    plainTextsSize = TextRows.groupCount(input.rowCount) * TextRows.groupRowCount
    for row in 0..<input.rowCount where input.byteCounts[row] != TextInput.absent {
      let size = Int(input.byteCounts[row])
      precondition(Int(input.starts[row]) + size <= input.arena.count)
      presentCount += 1
      byteCount += size
      plainTextsSize += size >= TextRows.emptyLength ? size + TextRows.longPrefixSize : size
    }
    precondition(byteCount <= Self.byteCountMax)
  }
}

/// Writes groups of plain text; returns their size.
private func writePlainTexts(
  _ input: TextInput, anchors: ScratchView<UInt32>, texts: ScratchView<UInt8>
) -> Int {
  let output = unsafe texts.base
  var size = 0
  for row in 0..<input.rowCount {
    if row & 31 == 0 { size = beginGroup(of: row, at: size, anchors: anchors, texts: texts) }
    let byteCount = input.byteCounts[row]
    guard byteCount != TextInput.absent else { continue }
    let lengthOffset = Int(anchors[row >> 5]) &+ row & 31
    if byteCount >= TextRows.emptyLength { size &+= TextRows.longPrefixSize }
    let source = unsafe input.arena.base + Int(input.starts[row])
    unsafe UnsafeMutableRawPointer(output + size).copyMemory(
      from: source, byteCount: Int(byteCount))
    size = endText(
      at: size, byteCount: Int(byteCount), isPrefixed: byteCount >= TextRows.emptyLength,
      lengthOffset: lengthOffset, texts: texts)
  }
  return size
}

/// Writes groups of symbol codes; returns their size.
private func writeSymbolTexts(
  _ input: TextInput, matcher: SymbolMatcherView, anchors: ScratchView<UInt32>,
  texts: ScratchView<UInt8>
) -> Int {
  let output = unsafe texts.base
  var size = 0
  for row in 0..<input.rowCount {
    if row & 31 == 0 { size = beginGroup(of: row, at: size, anchors: anchors, texts: texts) }
    let byteCount = input.byteCounts[row]
    guard byteCount != TextInput.absent else { continue }
    let lengthOffset = Int(anchors[row >> 5]) &+ row & 31
    var stored = unsafe matcher.compress(
      input.arena, start: Int(input.starts[row]), byteCount: Int(byteCount), into: output + size)
    let isPrefixed = stored >= TextRows.emptyLength
    if isPrefixed {
      // The length was not known before: write once more, behind the prefix.
      size &+= TextRows.longPrefixSize
      stored = unsafe matcher.compress(
        input.arena, start: Int(input.starts[row]), byteCount: Int(byteCount), into: output + size)
    }
    size = endText(
      at: size, byteCount: stored, isPrefixed: isPrefixed, lengthOffset: lengthOffset, texts: texts)
  }
  return size
}

/// Sets the anchor and the zero lengths of the group that `row` begins; returns where its texts go.
@inline(__always)
private func beginGroup(
  of row: Int, at size: Int, anchors: ScratchView<UInt32>, texts: ScratchView<UInt8>
) -> Int {
  anchors[row >> 5] = UInt32(size)
  for place in 0..<TextRows.groupRowCount { texts[size &+ place] = 0 }
  return size &+ TextRows.groupRowCount
}

/// Sets the length of the text whose bytes are at `size`; returns where the next one goes.
@inline(__always)
private func endText(
  at size: Int, byteCount: Int, isPrefixed: Bool, lengthOffset: Int, texts: ScratchView<UInt8>
) -> Int {
  if isPrefixed {
    texts[lengthOffset] = UInt8(TextRows.longLength)
    for index in 0..<TextRows.longPrefixSize {
      texts[size &- TextRows.longPrefixSize &+ index] = UInt8(
        truncatingIfNeeded: byteCount >> (8 &* index))
    }
  } else {
    texts[lengthOffset] = UInt8(byteCount == 0 ? TextRows.emptyLength : byteCount)
  }
  return size &+ byteCount
}

/// Where the parts of a column of plain texts or symbols lie.
private struct TextLayout {
  let groupCount: Int
  let symbolCount: Int
  let textsSize: Int

  var anchorsOffset: Int { TextHeader.size }
  var symbolsOffset: Int { nextPart(after: anchorsOffset + 4 * groupCount) }
  var textsOffset: Int { nextPart(after: symbolsOffset + symbolCount * (symbolSizeMax + 1)) }
  var columnSize: Int { textsOffset + textsSize + TextHeader.slack }

  func column(
    rowCount: Int, symbols: [Symbol], anchors: ScratchView<UInt32>, texts: ScratchView<UInt8>
  ) -> [UInt8] {
    let hasSymbols = symbolCount > 0
    var writer = ByteWriter(capacity: columnSize)
    writer.append(UInt32(hasSymbols ? TextHeader.symbols : TextHeader.plainText))
    writer.append(UInt32(rowCount))
    writer.append(UInt64(0))
    writer.append(UInt64(0))
    writer.append(UInt32(anchorsOffset))
    writer.append(UInt32(textsOffset))
    writer.append(UInt32(textsSize))
    writer.append(UInt32(hasSymbols ? symbolsOffset : 0))
    writer.append(UInt32(symbolCount))
    writer.pad(to: TextHeader.size)
    for group in 0..<groupCount { writer.append(anchors[group]) }
    writer.pad(to: 64)
    for symbol in symbols { writer.append(symbol.value) }
    for symbol in symbols { writer.append(UInt8(symbol.byteCount)) }
    writer.pad(to: 64)
    unsafe writer.append(LentBytes(texts.base, count: textsSize))
    writer.append(UInt64(0))
    return writer.bytes
  }
}
