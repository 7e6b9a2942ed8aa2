// A condition made ready for scanning: its comparisons as sets of values, asked segment by segment
// and then block by block, zones first.

import Bytes
import Columns
import Rows
import Segments
import Store

/// A condition ready to be asked; used by one thread.
final class ConditionTree {
  enum Kind {
    case constant(Bool)
    case values(ValueComparison)
    case text(TextComparison)
    case all
    case any
    case not
  }

  let kind: Kind
  let parts: [ConditionTree]
  /// What the zones of the current segment say.
  private(set) var decision = Decision.some
  /// What the zones of the current block say.
  private(set) var blockDecision = Decision.some

  init(_ condition: Condition, plan: RegistryPlan, table: Int) {
    func trees(_ parts: [Condition]) -> [ConditionTree] {
      parts.map { ConditionTree($0, plan: plan, table: table) }
    }
    let isText = plan.tables[table].isText
    var parts: [ConditionTree] = []
    switch condition {
    case .everything: kind = .constant(true)
    case .isIn(let field, let values): kind = .values(ValueComparison(field, ValueSet(values)))
    case .isInRange(let field, let range):
      kind = .values(ValueComparison(field, ValueSet(range)))
    case .isAbsent(let field) where isText[field]:
      kind = .text(TextComparison(field, .isAbsent, plan, table))
    case .isPresent(let field) where isText[field]:
      kind = .not
      parts = trees([.isAbsent(field: field)])
    case .isAbsent(let field): kind = .values(ValueComparison(field, .absent))
    case .isPresent(let field): kind = .values(ValueComparison(field, .present))
    case .isText(let field, let bytes):
      kind = .text(TextComparison(field, .equals(bytes), plan, table))
    case .hasPrefix(let field, let bytes):
      kind = .text(TextComparison(field, .begins(bytes), plan, table))
    case .all(let conditions):
      kind = .all
      parts = trees(conditions)
    case .any(let conditions):
      kind = .any
      parts = trees(conditions)
    case .not(let condition):
      kind = .not
      parts = trees([condition])
    }
    self.parts = parts
  }

  /// The only comparison of values, if the condition is one.
  var onlyComparison: ValueComparison? {
    guard case .values(let comparison) = kind else { return nil }
    return comparison
  }

  // MARK: Zones

  /// Asks the zones of a segment.
  func decide(_ zones: ZoneMaps) -> Decision {
    switch kind {
    case .constant(let holds): decision = holds ? .all : .none
    case .text: decision = .some
    case .values(let comparison): decision = comparison.decide(zones)
    case .all:
      decision = .all
      for part in parts {
        decision = decision.and(part.decide(zones))
        if decision == .none { break }
      }
    case .any:
      decision = .none
      for part in parts {
        decision = decision.or(part.decide(zones))
        if decision == .all { break }
      }
    case .not: decision = parts[0].decide(zones).inverted
    }
    return decision
  }

  /// Asks the zones of a block of the segment that was decided last.
  func decide(_ zones: ZoneMaps, block: Int) -> Decision {
    guard decision == .some else {
      blockDecision = decision
      return decision
    }
    switch kind {
    case .constant, .text: blockDecision = decision
    case .values(let comparison): blockDecision = comparison.decide(zones, block: block)
    case .all:
      blockDecision = .all
      for part in parts {
        blockDecision = blockDecision.and(part.decide(zones, block: block))
        if blockDecision == .none { break }
      }
    case .any:
      blockDecision = .none
      for part in parts {
        blockDecision = blockDecision.or(part.decide(zones, block: block))
        if blockDecision == .all { break }
      }
    case .not: blockDecision = parts[0].decide(zones, block: block).inverted
    }
    return blockDecision
  }

  // MARK: Rows

  /// The rows of a block for which the condition holds, of those in `within`; zones have been
  /// asked.
  func select(
    block: Int, within: Selection, _ fields: SegmentFields, in snapshot: borrowing Snapshot
  ) throws(StoreError) -> Selection {
    if blockDecision == .none { return Selection() }
    if blockDecision == .all { return within }
    switch kind {
    case .constant(let holds): return holds ? within : Selection()
    case .values(let comparison):
      var selection = try comparison.select(block: block, fields, in: snapshot)
      selection.and(within)
      return selection
    case .text(let comparison):
      return try comparison.select(block: block, within: within, fields, in: snapshot)
    case .all:
      var selection = within
      for isText in [false, true] {
        for part in parts where part.isSlow == isText {
          if selection.isEmpty { return selection }
          selection = try part.select(block: block, within: selection, fields, in: snapshot)
        }
      }
      return selection
    case .any:
      var selection = Selection()
      var rest = within
      for part in parts {
        let found = try part.select(block: block, within: rest, fields, in: snapshot)
        selection.or(found)
        rest.andNot(found)
        if rest.isEmpty { break }
      }
      return selection
    case .not:
      var selection = within
      selection.andNot(
        try parts[0].select(block: block, within: within, fields, in: snapshot))
      return selection
    }
  }

  /// Whether texts must be read; such parts are asked last.
  private var isSlow: Bool {
    if case .text = kind { return true }
    return parts.contains { $0.isSlow }
  }
}
