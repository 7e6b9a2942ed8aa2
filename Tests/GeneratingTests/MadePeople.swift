// Made-up people as fields, for tests to look into.

import Foundation

@testable import Generating

/// The schemas of this repository.
let schemas = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Schemas").path

/// The four files, split into lines and fields.
struct MadePeople: Sendable {
  let households: [[String]]
  let persons: [[String]]
  let identifiers: [[String]]
  let coverages: [[String]]

  init(seed: UInt64, personCount: Int, cards: Int = 1_000, yearOnly: Int = 0) throws {
    let people = try People(
      seed: seed, personCount: personCount, schemas: schemas,
      settings: PeopleSettings(cardsThousandths: cards, yearOnlyPerHundredThousand: yearOnly))
    let files = try people.bytes(threadCount: 2)
    func lines(_ file: PeopleFile) -> [[String]] {
      (files[file] ?? []).split(separator: UInt8(ascii: "\n")).map { fields($0) }
    }
    households = lines(.households)
    persons = lines(.persons)
    identifiers = lines(.identifiers)
    coverages = lines(.coverages)
  }
}

/// The fields of one line; a field in quotes may hold commas.
private func fields(_ line: ArraySlice<UInt8>) -> [String] {
  var fields: [String] = []
  var field: [UInt8] = []
  var isQuoted = false
  for byte in line {
    if byte == UInt8(ascii: "\"") {
      isQuoted.toggle()
    } else if byte == UInt8(ascii: ",") && !isQuoted {
      fields.append(String(decoding: field, as: UTF8.self))
      field.removeAll()
    } else {
      field.append(byte)
    }
  }
  fields.append(String(decoding: field, as: UTF8.self))
  return fields
}
