// Bytes of text that grow at the end: digits, words and days, without a string in between.
//
// A caller reserves room for a whole line first; appending then writes without a check.

import Bytes
import Glibc

@safe
struct TextSink: ~Copyable {
  private var base: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int) {
    self.capacity = max(64, capacity)
    unsafe base = UnsafeMutablePointer<UInt8>.allocate(capacity: self.capacity)
  }

  deinit { unsafe base.deallocate() }

  /// Makes room for `byteCount` more bytes.
  mutating func reserve(_ byteCount: Int) {
    guard count + byteCount > capacity else { return }
    let newCapacity = max(capacity * 2, count + byteCount)
    let newBase = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
    unsafe newBase.update(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = newBase
    capacity = newCapacity
  }

  mutating func removeAll() { count = 0 }

  mutating func append(_ byte: UInt8) {
    assert(count < capacity)
    unsafe base[count] = byte
    count &+= 1
  }

  mutating func append(_ text: StaticString) {
    assert(count + text.utf8CodeUnitCount <= capacity)
    unsafe memcpy(base + count, text.utf8Start, text.utf8CodeUnitCount)
    count &+= text.utf8CodeUnitCount
  }

  mutating func append(_ bytes: LentBytes) {
    assert(count + bytes.count <= capacity)
    unsafe memcpy(base + count, bytes.base, bytes.count)
    count &+= bytes.count
  }

  mutating func append(_ words: Words, _ position: Int) { append(words[position]) }

  mutating func append(contentsOf other: borrowing TextSink) {
    assert(count + other.count <= capacity)
    unsafe memcpy(base + count, other.base, other.count)
    count &+= other.count
  }

  /// Appends a number with leading zeros to `digitCount` digits.
  mutating func append(_ number: UInt64, digits digitCount: Int) {
    assert(count + digitCount <= capacity)
    var rest = number
    var place = count &+ digitCount
    while place &- count >= 2 {
      let quotient = rest / 100
      let pair = rest &- quotient &* 100
      let tens = (pair &* 103) >> 10
      unsafe base[place &- 1] = UInt8(truncatingIfNeeded: 48 &+ pair &- tens &* 10)
      unsafe base[place &- 2] = UInt8(truncatingIfNeeded: 48 &+ tens)
      rest = quotient
      place &-= 2
    }
    if place > count {
      unsafe base[count] = UInt8(truncatingIfNeeded: 48 &+ rest % 10)
    }
    count &+= digitCount
  }

  /// Appends a number without leading zeros.
  mutating func append(number: Int) {
    var digitCount = 1
    var bound = 10
    while number >= bound {
      digitCount += 1
      bound *= 10
    }
    append(UInt64(number), digits: digitCount)
  }

  /// Appends a day as `yyyy-mm-dd`.
  mutating func append(day daysSince1970: Int) {
    let day = CalendarDay(daysSince1970: daysSince1970)
    append(UInt64(day.year), digits: 4)
    append(UInt8(ascii: "-"))
    append(UInt64(day.month), digits: 2)
    append(UInt8(ascii: "-"))
    append(UInt64(day.day), digits: 2)
  }

  mutating func comma() { append(UInt8(ascii: ",")) }
  mutating func space() { append(UInt8(ascii: " ")) }
  mutating func endLine() { append(UInt8(ascii: "\n")) }

  /// The bytes, lent until the next change.
  borrowing func lend<Result, Failure: Error>(
    _ body: (LentBytes) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(LentBytes(base, count: count))
  }
}
