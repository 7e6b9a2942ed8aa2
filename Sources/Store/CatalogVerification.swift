// Checks what the catalog says: its counts, runs, code lists, and the keys that it names.

import Bytes
import Pages
import Rows
import Segments

extension Verification {
  /// What the catalog says by itself.
  func verifyCatalog() {
    let catalog = shared.snapshot.catalog
    var numbers: Set<UInt32> = []
    for (table, state) in catalog.tables.enumerated() {
      let plan = shared.snapshot.plan.tables[table]
      let name = plan.table.name
      let hasParent = plan.parent != nil
      let indexCount = plan.table.indexes.count + (hasParent ? 1 : 0)
      if state.firstParents.count != (hasParent ? state.segmentCount : 0) {
        log.note(.parentsRise, .catalog, name, order: VerificationOrder.catalog)
      }
      if state.indexes.count != indexCount {
        log.note(.runsFit, .catalog, name, order: VerificationOrder.catalog)
      }
      for (number, index) in indexes[table].enumerated() where number < indexCount {
        let kind =
          number < plan.table.indexes.count
          ? IndexKeys.kind(of: plan.table.indexes[number], in: plan.table) : .wide
        var covered = Set<Int>()
        for run in index.runs {
          let segments = run.run.segments
          let fits =
            run.run.keyBits == kind.rawValue && run.run.number < catalog.nextRun
            && numbers.insert(run.run.number).inserted
            && segments.upperBound <= state.segmentCount && covered.isDisjoint(with: segments)
          if !fits { log.note(.runsFit, .catalog, run.place, order: VerificationOrder.catalog) }
          covered.formUnion(segments.clamped(to: 0..<state.segmentCount))
        }
      }
    }
  }

  /// Code lists begin with the codes of the schema; only open ones go on.
  func verifyLists() {
    let snapshot = shared.snapshot.words
    for (number, list) in shared.snapshot.plan.schema.codeLists.enumerated() {
      let words = snapshot.lists[number]
      var isKept = words.wordCount == list.count || (list.isOpen && words.wordCount > list.count)
      for (code, text) in list.codes.enumerated() where isKept {
        isKept = Array(text.utf8).lend { words[UInt32(code)]?.isEqual(to: $0) ?? false }
      }
      if !isKept {
        log.note(.listsKept, .codeList, "code list \(list.name)", order: VerificationOrder.words)
      }
    }
  }

  /// Counts values that the catalog does not name.
  func verifyKeys() {
    let registry = shared.snapshot.registry
    let named = NamedKeys(shared.snapshot.catalog, of: registry)
    let keyspaces = registry.keyspaces
    var count = 0
    let ofChanges = [
      keyspaces.fresh, keyspaces.freshKey, keyspaces.change, keyspaces.history, keyspaces.pastKey,
    ]
    for keyspace in registry.environment.keyspaces where !ofChanges.contains(keyspace) {
      do throws(StoreError) {
        try shared.snapshot.forEachKey(in: keyspace) { key in
          if keyspace == keyspaces.catalog {
            let isKnown = [
              Keyspaces.catalogKey, Keyspaces.schemaKey, Keyspaces.changesKey,
            ].contains { known in
              known.lend { $0.isEqual(to: key) }
            }
            if !isKnown { count += 1 }
          } else if NumberKey(key).map({ named.contains($0, in: keyspace) }) != true {
            count += 1
          }
        }
      } catch {
        log.note(error, order: VerificationOrder.leftovers)
      }
    }
    log.count { $0.leftovers = count }
  }

  /// What only all segments together can tell.
  func verifyTotals(_ links: LinkEnds) {
    for (table, state) in shared.snapshot.catalog.tables.enumerated() {
      let plan = shared.snapshot.plan.tables[table]
      let name = plan.table.name
      let removed = state.removedCount
      let isWhole = !rowCounts[table].contains(0)
      let places = rowCounts[table].reduce(0, +)
      if isWhole, state.rowCount != places - removed {
        log.note(.rowsCounted, .catalog, name, order: VerificationOrder.catalog)
      }
      log.count { report in
        report.tables[table].rows = places - removed
        report.tables[table].segments = state.segmentCount
      }
      guard plan.parent != nil else { continue }
      var last: Int64?
      for (segment, ends) in links.ends(table: table).enumerated() {
        let stated = segment < state.firstParents.count ? state.firstParents[segment] : nil
        if let ends, ends.first != stated || ends.first < (last ?? ends.first) {
          log.note(
            .parentsRise, .catalog, "\(name) segment \(segment)",
            order: VerificationOrder.catalog)
        }
        last = ends?.last ?? last
      }
    }
  }
}
