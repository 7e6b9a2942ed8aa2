// A code list: the codes a field can have, in the order that numbers them, and what they mean.

import Bytes

/// The codes that a field can have.
///
/// A code's place in the list, its ordinal, is what is stored.
public struct CodeList: Sendable {
  /// The name by which fields refer to the list.
  public let name: String
  /// What the list is of, as a sentence for people.
  public let description: String
  /// Where the list comes from.
  public let source: String
  /// Whether a code that is not in the list is added to it instead of being refused.
  public let isOpen: Bool
  /// The names of what is known about each code.
  public let attributes: [String]
  /// The codes; the position of a code is its ordinal.
  public private(set) var codes: [String]
  /// How many codes the list has in its file; those after them were added by data.
  public let declaredCount: Int

  /// The attributes of the declared codes, one after the other, code by code.
  private let attributeArena: [UInt8]
  /// Where each attribute ends in the arena.
  private let attributeEnds: [UInt32]
  private var table: CodeTable

  /// The code's longest length in bytes.
  public static let codeByteCountMax = 63

  package init(
    name: String, description: String, source: String, isOpen: Bool, attributes: [String],
    codes: [String], attributeArena: [UInt8], attributeEnds: [UInt32]
  ) {
    precondition(attributeEnds.count == codes.count * attributes.count)
    self.name = name
    self.description = description
    self.source = source
    self.isOpen = isOpen
    self.attributes = attributes
    self.codes = codes
    declaredCount = codes.count
    self.attributeArena = attributeArena
    self.attributeEnds = attributeEnds
    table = CodeTable(codes)
  }

  /// How many codes the list has.
  public var count: Int { codes.count }

  /// The ordinal of a code.
  public func ordinal(ofCode code: String) -> Int? {
    let found = Array(code.utf8).lend { table.ordinal(of: $0) }
    return found < 0 ? nil : Int(found)
  }

  /// The ordinal of what a text means: a code, or else a name that only one code has, in any case.
  ///
  /// Names are the attributes `name` and those that begin with `name_`.
  public func ordinal(of text: String) -> Int? {
    ordinal(ofCode: text) ?? CodeNames(self).ordinal(of: text)
  }

  /// The position of an attribute.
  public func attributePosition(_ name: String) -> Int? { attributes.firstIndex(of: name) }

  /// What is known about a code; nil where the list does not say, or the code was added by data.
  public func attribute(_ position: Int, of ordinal: Int) -> String? {
    guard attributes.indices.contains(position), ordinal >= 0, ordinal < declaredCount else {
      return nil
    }
    let bytes = attributeBytes(position, of: ordinal)
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }

  /// What is known about a code under an attribute's name.
  public func attribute(_ name: String, of ordinal: Int) -> String? {
    attributePosition(name).flatMap { attribute($0, of: ordinal) }
  }

  func attributeBytes(_ position: Int, of ordinal: Int) -> ArraySlice<UInt8> {
    let index = ordinal * attributes.count + position
    let start = index == 0 ? 0 : Int(attributeEnds[index - 1])
    return attributeArena[start..<Int(attributeEnds[index])]
  }

  /// Adds a code to an open list and returns its ordinal; a code that is there keeps its own.
  package mutating func append(_ code: String) -> Int {
    precondition(isOpen, "a closed code list does not grow")
    if let ordinal = ordinal(ofCode: code) { return ordinal }
    codes.append(code)
    if !isKnownUniquelyReferenced(&table) { table = CodeTable(codes.dropLast()) }
    table.insert(code, ordinal: Int32(codes.count - 1))
    return codes.count - 1
  }

  /// The table by which parsers find codes; it must outlive its view.
  package var codeTable: CodeTable { table }
}

extension CodeList: Equatable {
  /// Whether two lists have the same codes that mean the same.
  public static func == (left: CodeList, right: CodeList) -> Bool {
    left.name == right.name && left.description == right.description
      && left.source == right.source && left.isOpen == right.isOpen
      && left.attributes == right.attributes && left.codes == right.codes
      && left.declaredCount == right.declaredCount
      && left.attributeArena == right.attributeArena && left.attributeEnds == right.attributeEnds
  }
}

/// The names of a code list's codes; made once where many texts are looked up.
package struct CodeNames: Sendable {
  private var ordinals: [String: Int]

  package init(_ list: CodeList) {
    ordinals = [:]
    for (position, attribute) in list.attributes.enumerated()
    where attribute == "name" || attribute.hasPrefix("name_") {
      for ordinal in 0..<list.declaredCount {
        guard let name = list.attribute(position, of: ordinal)?.lowercased() else { continue }
        if let other = ordinals[name], other != ordinal {
          ordinals[name] = -1
        } else {
          ordinals[name] = ordinal
        }
      }
    }
  }

  /// The ordinal of the one code that has this name, in any case.
  package func ordinal(of name: String) -> Int? {
    guard let ordinal = ordinals[name.lowercased()], ordinal >= 0 else { return nil }
    return ordinal
  }
}
