// The codes of one field as a snapshot knows them: those of the schema, then those that data added.

import Bytes
import Rows
import Segments
import Store

/// The codes of a field of type `code`.
struct FieldCodes: Sendable {
  let list: CodeList
  /// Every code, in the order of its ordinals.
  private let words: WordList
  private let vintage: String?

  /// The codes of a field; nil if it is of another type.
  init?(field: Int, table: Int, in snapshot: borrowing Snapshot) {
    let plan = snapshot.plan.tables[table]
    let declared = plan.table.fields[field]
    guard let list = snapshot.registry.schema.codeList(of: declared) else { return nil }
    self.list = list
    words = snapshot.words.lists[plan.dictionary[field]]
    // The attribute of the units in force is asked for by its name alone.
    vintage = plan.table.field(declared.name + "_vintage")?.defaultText
  }

  var count: Int { words.wordCount }

  /// The code with an ordinal.
  func code(_ ordinal: Int) -> String {
    guard ordinal >= 0, let bytes = words[UInt32(truncatingIfNeeded: ordinal)] else {
      return ""
    }
    return String(bytes)
  }

  /// The ordinal of a code, or else of a name that only one code has.
  func ordinal(of text: String) -> Int? {
    if let ordinal = list.ordinal(ofCode: text) { return ordinal }
    let wanted = Array(text.utf8)
    for ordinal in min(list.declaredCount, count)..<count {
      let isFound = wanted.lend { bytes in
        words[UInt32(ordinal)]?.isEqual(to: bytes) ?? false
      }
      if isFound { return ordinal }
    }
    return list.ordinal(of: text)
  }

  /// The position of an attribute by its name, or by its name without the default vintage.
  func attribute(_ name: String) -> Int? {
    if let position = list.attributePosition(name) { return position }
    guard let vintage else { return nil }
    return list.attributePosition("\(name)_\(vintage)")
  }

  /// The ordinals whose attribute is one of some texts.
  func ordinals(attribute: Int, in texts: Set<String>) -> [Int64] {
    (0..<list.declaredCount).compactMap { ordinal in
      guard let text = list.attribute(attribute, of: ordinal), texts.contains(text) else {
        return nil
      }
      return Int64(ordinal)
    }
  }

  /// The ordinals that have an attribute.
  func ordinals(having attribute: Int) -> [Int64] {
    (0..<list.declaredCount).compactMap { ordinal in
      list.attribute(attribute, of: ordinal) == nil ? nil : Int64(ordinal)
    }
  }
}
