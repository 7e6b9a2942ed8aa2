// How a row of one segment is decoded, worked out once: which columns vary here, which fields
// follow from which, and where each text comes from.
//
// A row is read in steps, so that waits for memory overlap (see `RowGather`): `askProgram`, `ask`,
// `askFurther`, `locate`, `parentRow`, `locateWords`, `readIntegers`, `askWords`, `finishIntegers`,
// `readTexts`.
//
// Segments whose columns are encoded alike share what is the same for them, a `RowShape`, and what
// is not lies in one piece of memory, so that reading here and there in a table needs few cache
// lines beyond those of the rows.

import Bytes
import Columns
import Rows

/// Decodes rows of one segment.
///
/// Valid while its owner is. One cache line, to be kept in arrays.
@safe package struct RowProgram: @unchecked Sendable {
  /// Which fields are wanted.
  package enum Purpose: UInt8, CaseIterable, Sendable {
    /// All of them.
    case whole
    /// Those that follow into rows of other tables, which belong to this one.
    case children
    /// Those that follow into the row of another table, to which this one belongs.
    case parent
  }

  /// An integer field that follows from others here.
  struct Step: Equatable {
    enum Kind: UInt8 {
      case inherited
      case digits
      case difference
      case mapped
      case stored
    }

    var kind: Kind
    var field: Int32
    /// The parent's field, the source, or the first digit term.
    var source: Int32
    /// The end of the digit terms, or how many codes a mapped field is known for.
    var end: Int32 = 0
    /// Where the values of a mapped field begin.
    var table: Int32 = -1
    /// The slot that says whether a row is an exception, and the column of exceptions; -1: none.
    var exceptionSlot: Int32 = -1
    var exceptions: Int32 = -1
  }

  /// `DigitTerm`, without references.
  @safe struct Term: Equatable {
    var kind: DigitTerm.Kind
    var source: Int32
    var second: Int32
    var multiplier: Int64
    var divisor: Int64
    var numbers: UnsafePointer<Int64>
    var numberCount: Int64

    static func == (left: Term, right: Term) -> Bool {
      left.kind == right.kind && left.source == right.source && left.second == right.second
        && left.multiplier == right.multiplier && left.divisor == right.divisor
        && (unsafe left.numbers == right.numbers) && left.numberCount == right.numberCount
    }
  }

  /// A text field that is not absent in all rows.
  struct Text: Equatable {
    enum Kind: UInt8 {
      case stored
      case tokens
      case inherited
      case composed
    }

    var kind: Kind
    var split: WordSplit
    var field: Int32
    /// The first dictionary of its words, also of those of exceptions, or -1.
    var dictionary: Int32
    /// The parent's field, or the first alternative.
    var source: Int32
    var exceptionSlot: Int32 = -1
    /// The position of its reader of words, or -1.
    var reader: Int32 = -1
    /// The alternative of all rows, or the one before -1 less the position of a table: each row
    /// says which.
    var alternative: Int32 = -1
    var alternativeCount: Int32 = 0
  }

  struct Piece: Equatable {
    var field: Int32
    var digitCount: Int32
    var dictionary: Int32
  }

  package let rowCount: Int
  let gather: RowGather
  let shape: UnsafePointer<RowShape.Parts>
  let texts: UnsafePointer<TextColumn>
  let tables: UnsafePointer<IntegerColumn>
  let readers: UnsafePointer<TokenReader>
  /// The bytes that reading any row needs of those that `gather` was written to.
  let describedByteCount: Int
}

/// Keeps what a program of one segment needs, whose columns must all be open and outlive it.
@safe package final class RowProgramOwner: @unchecked Sendable {
  package let program: RowProgram
  private let shape: RowShape
  private let memory: RowMemory.Chunk

  /// Works out how to read the wanted fields of a segment.
  init(_ view: SegmentView, isWanted: [Bool]) {
    let plan = view.plan
    let derived = (0...plan.fieldCount).map { unsafe view.derived[$0] }
    let listedColumns = derived.indices.filter {
      ($0 == plan.linkColumn || isWanted[$0]) && (derived[$0]?.exceptionCount ?? 0) > 0
    }
    let gather = unsafe RowGatherDraft(
      view.columns, count: plan.fieldCount + 1, isWanted: isWanted + [plan.parent != nil],
      link: plan.linkColumn, listed: listedColumns.compactMap { derived[$0] })
    var exceptionSlot = [Int](repeating: -1, count: plan.fieldCount + 1)
    for (place, column) in listedColumns.enumerated() {
      exceptionSlot[column] = gather.listSlots[place]
    }
    var draft = Draft(plan, derived: derived, exceptionSlot: exceptionSlot)
    for step in plan.steps where isWanted[step.field] { draft.add(step) }
    for field in plan.textFields {
      guard isWanted[field] else {
        draft.absentTexts.append(Int32(field))
        continue
      }
      unsafe draft.add(text: field, stored: view.texts[field])
    }
    let linkExceptions = draft.exceptions(of: plan.linkColumn)
    shape = plan.shapes.shared(
      RowShape(
        draft, linkSlot: gather.slots[plan.linkColumn],
        linkExceptionSlot: exceptionSlot[plan.linkColumn], linkExceptions: linkExceptions))
    let readersOffset = gather.byteCount
    let tablesOffset = readersOffset + MemoryLayout<TokenReader>.stride * draft.readers.count
    let (start, chunk) = unsafe plan.memory.take(
      tablesOffset + MemoryLayout<IntegerColumn>.stride * draft.tables.count)
    memory = chunk
    program = unsafe RowProgram(
      rowCount: view.rowCount, gather: gather.write(to: start), shape: shape.parts,
      texts: view.texts, tables: Self.write(draft.tables, to: start + tablesOffset),
      readers: Self.write(draft.readers, to: start + readersOffset),
      describedByteCount: tablesOffset)
  }

  private static func write<Element>(
    _ elements: [Element], to memory: UnsafeMutableRawPointer
  ) -> UnsafePointer<Element> {
    let found = unsafe memory.assumingMemoryBound(to: Element.self)
    for index in elements.indices { unsafe (found + index).initialize(to: elements[index]) }
    return unsafe UnsafePointer(found)
  }
}

/// What segments whose columns are encoded alike have in common.
@safe package final class RowShape: Equatable, @unchecked Sendable {
  /// What rows are read by; valid while the shape is.
  struct Parts {
    let needsParent: Bool
    let linkColumn: Int
    let linkSlot: Int
    let linkExceptionSlot: Int
    let linkExceptions: Int
    let dependent: StandingView<Bool>
    let ownSteps: StandingView<RowProgram.Step>
    let laterSteps: StandingView<RowProgram.Step>
    let terms: StandingView<RowProgram.Term>
    /// What mapped fields are by code.
    let mapped: StandingView<Int64>
    let textSteps: StandingView<RowProgram.Text>
    /// Those of `textSteps` whose words are found by a reader, by the number of the reader.
    let wordSteps: StandingView<RowProgram.Text>
    /// Fields of texts that are asked for by the row and have no reader.
    let plainTexts: StandingView<Int32>
    let absentTexts: StandingView<Int32>
    /// Where the pieces of each alternative begin, and where the last ones end.
    let alternatives: StandingView<Int32>
    let pieces: StandingView<RowProgram.Piece>
  }

  let parts: UnsafePointer<Parts>
  /// What the views of `parts` show.
  private let owners: [AnyObject]

  fileprivate init(
    _ draft: borrowing Draft, linkSlot: Int, linkExceptionSlot: Int, linkExceptions: Int
  ) {
    let plan = draft.plan
    var owners: [AnyObject] = []
    func standing<Element>(_ elements: [Element]) -> StandingView<Element> {
      let made = StandingArray(elements)
      owners.append(made)
      return made.view
    }
    let texts = draft.texts
    let memory = UnsafeMutablePointer<Parts>.allocate(capacity: 1)
    unsafe memory.initialize(
      to: Parts(
        needsParent: draft.needsParent, linkColumn: plan.linkColumn, linkSlot: linkSlot,
        linkExceptionSlot: linkExceptionSlot, linkExceptions: linkExceptions,
        dependent: standing(plan.dependsOnParent), ownSteps: standing(draft.ownSteps),
        laterSteps: standing(draft.laterSteps), terms: standing(draft.terms),
        mapped: standing(draft.mapped),
        textSteps: standing(texts), wordSteps: standing(texts.filter { $0.reader >= 0 }),
        plainTexts: standing(
          texts.filter { ($0.kind == .stored || $0.kind == .tokens) && $0.reader < 0 }
            .map(\.field)),
        absentTexts: standing(draft.absentTexts), alternatives: standing(draft.alternatives),
        pieces: standing(draft.pieces)))
    unsafe parts = unsafe UnsafePointer(memory)
    self.owners = owners
  }

  deinit { unsafe parts.deallocate() }

  package static func == (left: RowShape, right: RowShape) -> Bool {
    let (left, right) = unsafe (left.parts.pointee, right.parts.pointee)
    return left.needsParent == right.needsParent && left.linkSlot == right.linkSlot
      && left.linkExceptionSlot == right.linkExceptionSlot
      && left.linkExceptions == right.linkExceptions && left.linkColumn == right.linkColumn
      && left.ownSteps == right.ownSteps && left.laterSteps == right.laterSteps
      && left.terms == right.terms && left.mapped == right.mapped
      && left.textSteps == right.textSteps
      && left.absentTexts == right.absentTexts && left.alternatives == right.alternatives
      && left.pieces == right.pieces && left.dependent == right.dependent
  }
}

/// The shapes of a table's segments that were met, each once.
package final class RowShapes: @unchecked Sendable {
  private let monitor = Monitor()
  private var known: [RowShape] = []

  init() {}

  /// The shape that was met first among equal ones.
  func shared(_ shape: RowShape) -> RowShape {
    monitor.withLock {
      if let found = known.first(where: { $0 == shape }) { return found }
      known.append(shape)
      return shape
    }
  }
}

/// The parts of a program while it is put together.
private struct Draft: ~Copyable {
  let plan: TablePlan
  let derived: [DerivedColumn?]
  let exceptionSlot: [Int]
  var ownSteps: [RowProgram.Step] = []
  var laterSteps: [RowProgram.Step] = []
  var terms: [RowProgram.Term] = []
  var mapped: [Int64] = []
  var tables: [IntegerColumn] = []
  var readers: [TokenReader] = []
  var texts: [RowProgram.Text] = []
  var absentTexts: [Int32] = []
  var alternatives: [Int32] = [0]
  var pieces: [RowProgram.Piece] = []
  var needsParent = false

  init(_ plan: TablePlan, derived: [DerivedColumn?], exceptionSlot: [Int]) {
    self.plan = plan
    self.derived = derived
    self.exceptionSlot = exceptionSlot
  }

  /// The position of a column's exceptions among the tables, or -1.
  mutating func exceptions(of column: Int) -> Int {
    guard let values = derived[column]?.exceptionValues else { return -1 }
    tables.append(values)
    return tables.count - 1
  }

  mutating func add(_ step: DerivedStep) {
    guard let column = derived[step.field] else { return }
    var made = RowProgram.Step(kind: .stored, field: Int32(step.field), source: 0)
    made.exceptionSlot = Int32(exceptionSlot[step.field])
    made.exceptions = Int32(exceptions(of: step.field))
    switch step.kind {
    case .inherited(let field):
      (made.kind, made.source) = (.inherited, Int32(field))
      needsParent = true
    case .digits(let parts, _):
      (made.kind, made.source) = (.digits, Int32(terms.count))
      for part in parts {
        terms.append(
          unsafe RowProgram.Term(
            kind: part.kind, source: Int32(part.source), second: Int32(part.second),
            multiplier: part.multiplier, divisor: part.divisor,
            numbers: UnsafePointer(part.standingNumbers.view.base),
            numberCount: Int64(part.numbers.count)))
      }
      made.end = Int32(terms.count)
    case .difference(let source): (made.kind, made.source) = (.difference, Int32(source))
    case .mapped(let source):
      (made.kind, made.source) = (.mapped, Int32(source))
      (made.table, made.end) = (Int32(mapped.count), Int32(column.stored.rowCount))
      mapped += (0..<column.stored.rowCount).map { column.stored.value(at: $0) }
    case .children, .firstChild:
      guard made.exceptionSlot >= 0 else { return }
    }
    if plan.dependsOnParent[step.field] { laterSteps.append(made) } else { ownSteps.append(made) }
  }

  mutating func add(text field: Int, stored: TextColumn) {
    let kind: RowProgram.Text.Kind = stored.isTokens ? .tokens : .stored
    var made = RowProgram.Text(
      kind: kind, split: .whole, field: Int32(field), dictionary: -1, source: -1)
    if let split = plan.table.fields[field].words {
      (made.split, made.dictionary) = (split, Int32(plan.dictionary[field]))
    }
    guard let column = derived[field] else {
      guard !stored.isAbsent else { return absentTexts.append(Int32(field)) }
      if let reader = TokenReader(stored) {
        made.reader = Int32(readers.count)
        readers.append(reader)
      }
      texts.append(made)
      return
    }
    made.exceptionSlot = Int32(exceptionSlot[field])
    if let found = plan.alternatives[field] {
      (made.kind, made.source) = (.composed, Int32(alternatives.count - 1))
      made.alternativeCount = Int32(found.count)
      for alternative in found {
        pieces += alternative.map {
          RowProgram.Piece(
            field: Int32($0.field), digitCount: Int32($0.digitCount),
            dictionary: Int32($0.dictionary))
        }
        alternatives.append(Int32(pieces.count))
      }
      if let chosen = column.stored.constantValue, chosen >= 0, chosen < Int64(found.count) {
        made.alternative = Int32(chosen)
      } else {
        tables.append(column.stored)
        made.alternative = -Int32(tables.count)
      }
    } else {
      (made.kind, made.source) = (.inherited, Int32(plan.inherited[field]))
      needsParent = needsParent || plan.inherited[field] >= 0
    }
    texts.append(made)
  }
}
