// Takes a text apart into up to three words of a dictionary, so that joining gives it back exactly.
//
// NAME     surname, middle names, given name; parted by single spaces. One word is a given name.
// ADDRESS  the first number, the second number, and the rest with a U+0001 in place of each.
// WHOLE    the text itself.
//
// A text that joining would not give back exactly is not taken apart; it is kept as it is.

package import Bytes

/// A way to take texts apart into words.
public enum WordSplit: String, CaseIterable, Equatable, Sendable {
  /// Surname, middle names, given name.
  case name
  /// Up to two numbers, and the rest of the address.
  case address
  /// The text as one word.
  case whole

  /// How many words a text has; some of them may be empty.
  package var partCount: Int { self == .whole ? 1 : 3 }

  /// The longest run of digits that counts as a number of an address.
  package static let numberDigitCountMax = 5

  /// The byte that stands for a number in the rest of an address.
  @inlinable package static var placeholder: UInt8 { 1 }

  /// The words of a text, or nil if joining them would not give it back.
  ///
  /// The words lie in the text or in `scratch`, which must have room for the text's bytes.
  package func split(_ text: LentBytes, scratch: ScratchView<UInt8>) -> Words? {
    switch self {
    case .name: splitName(text)
    case .address: splitAddress(text, scratch)
    case .whole: Words(text, .empty, .empty)
    }
  }

  /// Puts words together in `target` and returns the number of bytes.
  ///
  /// `target` must have room for all three words and two bytes more.
  package func join(_ words: Words, into target: ScratchView<UInt8>) -> Int {
    switch self {
    case .name: return joinName(words, target)
    case .address: return joinAddress(words, target)
    case .whole: return target.write(words.first, at: 0)
    }
  }

  /// The words of a text, for callers that need not be fast.
  package func split(_ text: String) -> [String]? {
    let bytes = Array(text.utf8)
    let scratch = Scratch<UInt8>(count: bytes.count)
    return bytes.lend { bytes in
      guard let words = split(bytes, scratch: scratch.view) else { return nil }
      let all = [String(words.first), String(words.second), String(words.third)]
      return Array(all.prefix(partCount))
    }
  }
}

/// Up to three words of a text; those that a split does not use are empty.
package struct Words {
  package var first: LentBytes
  package var second: LentBytes
  package var third: LentBytes

  package init(_ first: LentBytes, _ second: LentBytes, _ third: LentBytes) {
    self.first = first
    self.second = second
    self.third = third
  }
}

private let space = UInt8(ascii: " ")

private func splitName(_ text: LentBytes) -> Words? {
  let count = text.count
  var first = 0
  while first < count, text[first] != space { first &+= 1 }
  if first == count { return Words(.empty, .empty, text) }
  var last = count &- 1
  while text[last] != space { last &-= 1 }
  guard first > 0, last < count &- 1 else { return nil }
  let surname = text.part(0, first)
  let given = text.part(last &+ 1, count)
  if first == last { return Words(surname, .empty, given) }
  guard last &- first > 1, text[first &+ 1] != space, text[last &- 1] != space else { return nil }
  return Words(surname, text.part(first &+ 1, last), given)
}

private func joinName(_ words: Words, _ target: ScratchView<UInt8>) -> Int {
  var count = target.write(words.first, at: 0)
  if words.first.count > 0 {
    target[count] = space
    count &+= 1
  }
  if words.second.count > 0 {
    count = target.write(words.second, at: count)
    target[count] = space
    count &+= 1
  }
  return target.write(words.third, at: count)
}

private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

private func splitAddress(_ text: LentBytes, _ scratch: ScratchView<UInt8>) -> Words? {
  var numbers = (LentBytes.empty, LentBytes.empty)
  var numberCount = 0
  var restCount = 0
  var index = 0
  while index < text.count {
    let byte = text[index]
    if byte == WordSplit.placeholder { return nil }
    guard isDigit(byte) else {
      scratch[restCount] = byte
      restCount &+= 1
      index &+= 1
      continue
    }
    var end = index &+ 1
    while end < text.count, isDigit(text[end]) { end &+= 1 }
    if numberCount < 2, end &- index <= WordSplit.numberDigitCountMax {
      if numberCount == 0 {
        numbers.0 = text.part(index, end)
      } else {
        numbers.1 = text.part(index, end)
      }
      numberCount &+= 1
      scratch[restCount] = WordSplit.placeholder
      restCount &+= 1
    } else {
      for digit in index..<end {
        scratch[restCount] = text[digit]
        restCount &+= 1
      }
    }
    index = end
  }
  return Words(numbers.0, numbers.1, scratch.lent(count: restCount))
}

private func joinAddress(_ words: Words, _ target: ScratchView<UInt8>) -> Int {
  var count = 0
  var numberCount = 0
  for index in 0..<words.third.count {
    let byte = words.third[index]
    if byte == WordSplit.placeholder, numberCount < 2 {
      count = target.write(numberCount == 0 ? words.first : words.second, at: count)
      numberCount &+= 1
    } else {
      target[count] = byte
      count &+= 1
    }
  }
  return count
}
