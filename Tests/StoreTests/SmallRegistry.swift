// A registry in a temporary folder that holds a model, and the comparison of the two.

import Bytes
import Columns
import Pages
import Rows
import Segments
import Support
import Testing

@testable import Store

/// A registry that holds a model.
final class SmallRegistry {
  let folder: TemporaryFolder
  let model: SmallModel
  private var opened: Registry?

  var registry: Registry {
    guard let opened else { preconditionFailure("the registry is closed") }
    return opened
  }

  /// Makes a registry and publishes a random model in it.
  init(_ shape: ModelShape, removing removed: [[Int]] = [[], []]) throws {
    folder = try TemporaryFolder()
    let schema = try SmallSchema.make(in: folder)
    let registry = try Registry.create(at: folder.file("small.hearth"), schema: schema)
    opened = registry
    model = SmallModel(registry.plan, shape)
    let writer = try BulkWriter(registry)
    let loader = SmallLoader(model, writer)
    loader.removed = removed
    try loader.write()
    try writer.publish()
  }

  /// Opens the file anew, after closing it here.
  func reopened(access: Environment.Access) throws -> SmallRegistry {
    opened = nil
    opened = try Registry(at: folder.file("small.hearth"), access: access)
    return self
  }

  // MARK: Comparing

  func expectRows() throws {
    let snapshot = try registry.beginSnapshot()
    for table in 0...1 {
      let plan = registry.plan.tables[table]
      let reader = RowReader(registry.plan, table: table)
      #expect(snapshot.rowCount(table: table) == model.rows[table].count)
      var positions = Array(model.rows[table].indices)
      var random = SeededGenerator(seed: 11)
      positions += positions.shuffled(using: &random).prefix(200)
      for position in positions {
        let row = model.rows[table][position]
        #expect(try reader.read(model.number(table, position), in: snapshot))
        for field in 0..<plan.fieldCount {
          let name = "\(plan.table.name) \(position) \(plan.table.fields[field].name)"
          if plan.isText[field] {
            #expect(reader.buffer.text(of: field).map { String($0) } == row.texts[field], "\(name)")
          } else {
            #expect(reader.buffer.values[field] == row.values[field], "\(name)")
          }
        }
        if table == 1 { #expect(reader.buffer.values[plan.linkColumn] == row.parent) }
      }
    }
  }

  func expectBlocks() throws {
    let snapshot = try registry.beginSnapshot()
    for table in 0...1 {
      let reader = BlockReader(registry.plan, table: table)
      for segment in 0..<snapshot.segmentCount(table: table) {
        let (start, end) = (model.starts[table][segment], model.starts[table][segment + 1])
        for block in 0..<(end - start + 1023) / 1024 {
          try reader.begin(segment: segment, block: block, in: snapshot)
          #expect(reader.rowCount == min(1024, end - start - block * 1024))
          try expectBlock(reader, table, from: start + block * 1024, snapshot)
        }
      }
    }
  }

  private func expectBlock(
    _ reader: BlockReader, _ table: Int, from start: Int, _ snapshot: borrowing Snapshot
  ) throws {
    let plan = registry.plan.tables[table]
    // What follows comes first, so that the reader has to find its sources by itself.
    for field in (0..<plan.fieldCount + (table == 1 ? 1 : 0)).reversed() {
      let rows = model.rows[table][start..<start + reader.rowCount]
      if field == plan.linkColumn || !plan.isText[field] {
        let found = try reader.values(field, in: snapshot)
        let expected = rows.map { field == plan.linkColumn ? $0.parent : $0.values[field] }
        #expect(
          (0..<rows.count).map { found[$0] } == expected,
          "\(plan.table.name) from \(start) field \(field)")
      } else if let split = plan.table.fields[field].words {
        let found = try reader.wordCodes(field, in: snapshot)
        for (place, row) in rows.enumerated() {
          let codes = (0..<split.partCount).map { found[$0 * 1024 + place] }
          let text = row.texts[field]
          let words =
            row.escapes.contains(field) && plan.inherited[field] < 0
            ? nil : text.flatMap { split.split($0) }
          if text == nil {
            #expect(codes[0] == TokenInput.absent)
          } else if codes[0] == TokenInput.escape {
            // A text that follows from the parent's is no words where the parent's is none.
            #expect(words == nil || plan.inherited[field] >= 0)
          } else {
            let lists = snapshot.words.lists
            let joined = codes.enumerated().map { part, code in
              lists[plan.dictionary[field] + part][code].map { String($0) }
            }
            #expect(joined == (words ?? []).map { $0 })
          }
        }
      }
    }
  }
}
