// A list of words as one run of bytes, drawn by weight.

import Bytes

/// Words with weights; the bytes live as long as the list.
struct Words: Sendable {
  private let storage: Scratch<UInt8>
  private let offsets: [Int32]
  let weights: WeightTable

  init(_ words: [(text: String, weight: Int)]) {
    var bytes: [UInt8] = []
    var offsets: [Int32] = [0]
    for word in words {
      bytes.append(contentsOf: word.text.utf8)
      offsets.append(Int32(bytes.count))
    }
    storage = Scratch(count: bytes.count)
    for index in bytes.indices { storage.view[index] = bytes[index] }
    self.offsets = offsets
    weights = WeightTable(words.map(\.weight))
  }

  init(_ words: [String]) { self.init(words.map { (text: $0, weight: 1) }) }

  var count: Int { offsets.count - 1 }

  subscript(position: Int) -> LentBytes {
    let start = Int(offsets[position])
    return unsafe LentBytes(
      UnsafeRawPointer(storage.view.base + start), count: Int(offsets[position + 1]) - start)
  }

  func draw(_ random: inout Randomness) -> Int { weights.draw(&random) }
}
