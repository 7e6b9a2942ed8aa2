// Computes the integers that follow from other columns, for one row or for many.
//
// Values lie field by field: field f of row r at `f * stride + r`. So one function serves a single
// row (stride 1), a block and a whole segment.

import Bytes
import Rows

/// How one field follows from others.
package struct DerivedStep: Sendable {
  package enum Kind: Sendable {
    /// The parent's value of that field.
    case inherited(Int)
    /// A number put together from parts; what no part says is stored, or that it is absent.
    case digits([DigitTerm], storedBound: Int64)
    /// That field's value less what is stored.
    case difference(Int)
    /// A table from that field's value to this one's.
    case mapped(Int)
    /// What the children say: their number, or a field of the first; 1 is stored where it is absent
    /// all the same, else 0.
    case children(table: Int)
    case firstChild(table: Int, field: Int)
  }

  package let field: Int
  package let kind: Kind
}

extension DerivedStep.Kind {
  /// The step of a derivation, or nil where it is no integer's.
  init?(_ derivation: Derivation, of table: Table, schema: Schema) {
    switch derivation {
    case .parentKey, .parent, .text: return nil
    case .difference(let source): self = .difference(source)
    case .mapped(let source): self = .mapped(source)
    case .children(let table): self = .children(table: table)
    case .firstChild(let table, let field): self = .firstChild(table: table, field: field)
    case .digits(let parts):
      var terms: [DigitTerm] = []
      var multiplier: Int64 = 1
      var storedBound: Int64 = 1
      for part in parts.reversed() {
        if case .stored(let count) = part {
          // Only the last digits can be stored apart; else the number is stored whole.
          guard multiplier == 1 else { return nil }
          storedBound = powerOfTen(count)
        } else {
          terms.append(DigitTerm(part, multiplier: multiplier, of: table, schema: schema))
        }
        multiplier *= powerOfTen(part.count)
      }
      self = .digits(terms, storedBound: storedBound)
    }
  }
}

/// Some digits of a number, as a term of a sum.
package struct DigitTerm: Sendable {
  enum Kind: Sendable {
    case table
    case centuryAndSex
    case year
    case leading
  }

  let kind: Kind
  let source: Int
  let second: Int
  let multiplier: Int64
  let divisor: Int64
  /// For each code of the source's list, the number that it gives.
  let numbers: [Int64]
  /// The same, for readers that hold a pointer while the plan lives.
  let standingNumbers: Scratch<Int64>

  init(_ part: DigitPart, multiplier: Int64, of table: Table, schema: Schema) {
    self.multiplier = multiplier
    var (second, divisor) = (-1, Int64(1))
    var numbers: [Int64] = []
    switch part {
    case .code(let field, let count):
      (kind, source) = (.table, field)
      if let list = schema.codeList(of: table.fields[field]) {
        numbers = list.codes.map { Int64($0).flatMap { $0 < powerOfTen(count) ? $0 : nil } ?? 0 }
      }
    case .attribute(let attribute, let field, let count):
      (kind, source) = (.table, field)
      if let list = schema.codeList(of: table.fields[field]) {
        numbers = (0..<list.count).map { code in
          list.attribute(attribute, of: code).flatMap { Int64($0) }
            .flatMap { $0 < powerOfTen(count) ? $0 : nil } ?? 0
        }
      }
    case .centuryAndSex(let day, let sex): (kind, source, second) = (.centuryAndSex, day, sex)
    case .year(let day): (kind, source) = (.year, day)
    case .leading(let field, let count):
      (kind, source) = (.leading, field)
      if case .digits(let all) = table.fields[field].type {
        divisor = powerOfTen(max(0, all - count))
      }
    case .stored: preconditionFailure("stored digits follow from nothing")
    }
    self.second = second
    self.divisor = divisor
    self.numbers = numbers
    standingNumbers = Scratch(count: numbers.count)
    for (index, number) in numbers.enumerated() { standingNumbers.view[index] = number }
  }

  /// Adds the term to `target`, row by row.
  func add(
    from values: UnsafePointer<Int64>, stride: Int, count: Int,
    to target: UnsafeMutablePointer<Int64>
  ) {
    let source = unsafe values + self.source * stride
    switch kind {
    case .table:
      unsafe numbers.withUnsafeBufferPointer { numbers in
        for row in 0..<count {
          let code = unsafe source[row]
          if code >= 0 && code < Int64(numbers.count) {
            unsafe target[row] &+= numbers[Int(code)] &* multiplier
          }
        }
      }
    case .centuryAndSex:
      let sexes = unsafe values + second * stride
      for row in 0..<count {
        let day = unsafe source[row]
        let sex = unsafe sexes[row] == 1 ? Int64(1) : 0
        let century = day == .min ? 0 : (year(ofDay: day) / 100 &- 19) &* 2
        unsafe target[row] &+= ((century &+ sex) % 10) &* multiplier
      }
    case .year:
      for row in 0..<count {
        let day = unsafe source[row]
        if day != .min { unsafe target[row] &+= (year(ofDay: day) % 100) &* multiplier }
      }
    case .leading:
      for row in 0..<count {
        let number = unsafe source[row]
        if number != .min { unsafe target[row] &+= (number / divisor) &* multiplier }
      }
    }
  }
}

/// Ten to the power of `exponent`, 0...18.
package func powerOfTen(_ exponent: Int) -> Int64 {
  precondition(exponent >= 0 && exponent <= 18)
  var power: Int64 = 1
  for _ in 0..<exponent { power *= 10 }
  return power
}

/// The year of a stored day, by the Gregorian calendar.
///
/// After C. Neri and L. Schneider, "Euclidean affine functions and their application to calendar
/// algorithms" (2022), with days counted from 1 March of the year 0.
@inline(__always)
func year(ofDay physical: Int64) -> Int64 {
  let quarters = UInt32(truncatingIfNeeded: (physical >> 2) &+ 719_468) &* 4 &+ 3
  let century = quarters / 146_097
  let ofCentury = (quarters &- century &* 146_097) | 3
  let product = UInt64(ofCentury) &* 2_939_745
  let year = century &* 100 &+ UInt32(truncatingIfNeeded: product >> 32)
  let dayOfYear = UInt32(truncatingIfNeeded: product) / (2_939_745 * 4)
  // The year of this calendar begins in March: days from 306 on are of January and February.
  return Int64(year &+ (dayOfYear >= 306 ? 1 : 0))
}
