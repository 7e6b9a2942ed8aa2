// How values that are stored as integers are written, chosen once for a field.

import Bytes
import Columns
import Rows
import Segments
import Store

/// How the stored integers of one field are written; it holds no references.
struct ValueForm {
  private enum Kind {
    case digits
    case code
    case day
    case integer
    case decimal
    case flag
  }

  private let kind: Kind
  /// The count of digits, or the scale.
  private let argument: Int
  /// The words of the codes, which the snapshot keeps.
  private let codes: WordListView?

  /// The form of a field, or nil for a text.
  init?(_ field: Int, of plan: TablePlan, words: [WordList]) {
    var (kind, argument) = (Kind.integer, 0)
    switch plan.table.fields[field].type {
    case .digits(let count): (kind, argument) = (.digits, count)
    case .code: kind = .code
    case .day: kind = .day
    case .integer: kind = .integer
    case .decimal(let scale): (kind, argument) = (.decimal, scale)
    case .flag: kind = .flag
    case .text: return nil
    }
    self.kind = kind
    self.argument = argument
    codes = kind == .code ? WordListView(words[plan.dictionary[field]]) : nil
  }

  /// Writes a value that is there; false if the integer is none of the field's type.
  @inline(__always)
  func write(_ value: Int64, to text: inout RowText) throws(Corruption) -> Bool {
    switch kind {
    case .digits: text.append(digits: value, count: argument)
    case .code:
      guard let word = codes?[UInt32(truncatingIfNeeded: value)] else {
        throw Corruption(.codeList, at: 0)
      }
      text.append(text: word)
    case .day: return text.append(day: value)
    case .integer: text.append(integer: value)
    case .decimal: text.append(decimal: value, scale: argument)
    case .flag: text.append(flag: value != 0)
    }
    return true
  }
}
