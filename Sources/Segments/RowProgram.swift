// How a row of one segment is decoded, worked out once: which columns vary here, which fields
// follow from which, and where each text comes from.
//
// A row is read in steps, so that waits for memory overlap (see `RowGather`): `ask`, `locate`,
// `parentRow`, `readIntegers`, `askWords`, `finishIntegers`, `readTexts`.
//
// Segments whose columns are encoded alike share what is the same for them, a `RowShape`, so that
// reading here and there in a table needs few cache lines beyond those of the rows.

import Bytes
import Columns
import Rows

/// Decodes rows of one segment, whose columns must all be open and outlive it.
@safe package final class RowProgram: @unchecked Sendable {
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
    /// The end of the digit terms.
    var end: Int32 = 0
    /// The table of a mapped field.
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
  let shape: RowShape
  let texts: UnsafeMutablePointer<TextColumn>
  let tables: UnsafeMutablePointer<IntegerColumn>
  let readers: UnsafeMutablePointer<TokenReader>

  /// How many places `locate` finds.
  package var slotCount: Int { gather.slotCount }

  /// Whether a row of the parent's table is needed, and not only its number.
  package var needsParent: Bool { shape.needsParent }

  /// Works out how to read the wanted fields of a segment.
  init(_ view: SegmentView, isWanted: [Bool]) {
    let plan = view.plan
    let derived = (0...plan.fieldCount).map { unsafe view.derived[$0] }
    let listedColumns = derived.indices.filter {
      ($0 == plan.linkColumn || isWanted[$0]) && (derived[$0]?.exceptionCount ?? 0) > 0
    }
    var (slots, listSlots): ([Int], [Int]) = ([], [])
    gather = unsafe RowGather(
      view.columns, count: plan.fieldCount + 1, isWanted: isWanted + [plan.parent != nil],
      listed: listedColumns.compactMap { derived[$0] }, slots: &slots, listSlots: &listSlots)
    var exceptionSlot = [Int](repeating: -1, count: plan.fieldCount + 1)
    for (place, column) in listedColumns.enumerated() { exceptionSlot[column] = listSlots[place] }
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
    rowCount = view.rowCount
    unsafe texts = unsafe view.texts
    unsafe tables = unsafe Self.standing(draft.tables)
    unsafe readers = unsafe Self.standing(draft.readers)
    shape = plan.shapes.shared(
      RowShape(
        draft, linkSlot: slots[plan.linkColumn], linkExceptionSlot: exceptionSlot[plan.linkColumn],
        linkExceptions: linkExceptions))
  }

  private static func standing<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
    for index in elements.indices { unsafe (memory + index).initialize(to: elements[index]) }
    return unsafe memory
  }

  deinit {
    unsafe tables.deallocate()
    unsafe readers.deallocate()
  }
}

/// What segments whose columns are encoded alike have in common.
@safe package final class RowShape: Equatable, @unchecked Sendable {
  let needsParent: Bool
  let linkColumn: Int
  let linkSlot: Int
  let linkExceptionSlot: Int
  let linkExceptions: Int
  let dependent: StandingArray<Bool>
  let ownSteps: StandingArray<RowProgram.Step>
  let laterSteps: StandingArray<RowProgram.Step>
  let terms: StandingArray<RowProgram.Term>
  let textSteps: StandingArray<RowProgram.Text>
  /// Those of `textSteps` whose words are found by a reader, by the number of the reader.
  let wordSteps: StandingArray<RowProgram.Text>
  /// Fields of texts that are asked for by the row and have no reader.
  let plainTexts: StandingArray<Int32>
  let absentTexts: StandingArray<Int32>
  /// Where the pieces of each alternative begin, and where the last ones end.
  let alternatives: StandingArray<Int32>
  let pieces: StandingArray<RowProgram.Piece>

  fileprivate init(
    _ draft: borrowing Draft, linkSlot: Int, linkExceptionSlot: Int, linkExceptions: Int
  ) {
    needsParent = draft.needsParent
    linkColumn = draft.plan.linkColumn
    self.linkSlot = linkSlot
    self.linkExceptionSlot = linkExceptionSlot
    self.linkExceptions = linkExceptions
    dependent = StandingArray(draft.plan.dependsOnParent)
    (ownSteps, laterSteps) = (StandingArray(draft.ownSteps), StandingArray(draft.laterSteps))
    terms = StandingArray(draft.terms)
    (textSteps, absentTexts) = (StandingArray(draft.texts), StandingArray(draft.absentTexts))
    wordSteps = StandingArray(draft.texts.filter { $0.reader >= 0 })
    plainTexts = StandingArray(
      draft.texts.filter { ($0.kind == .stored || $0.kind == .tokens) && $0.reader < 0 }
        .map(\.field))
    (alternatives, pieces) = (StandingArray(draft.alternatives), StandingArray(draft.pieces))
  }

  package static func == (left: RowShape, right: RowShape) -> Bool {
    left.needsParent == right.needsParent && left.linkSlot == right.linkSlot
      && left.linkExceptionSlot == right.linkExceptionSlot
      && left.linkExceptions == right.linkExceptions && left.linkColumn == right.linkColumn
      && left.ownSteps == right.ownSteps && left.laterSteps == right.laterSteps
      && left.terms == right.terms && left.textSteps == right.textSteps
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

/// Elements that stand still, to be read without checks of exclusive access or counts of
/// references.
@safe package final class StandingArray<Element>: @unchecked Sendable {
  package let count: Int
  private let elements: UnsafeMutablePointer<Element>

  package init(_ elements: [Element]) {
    count = elements.count
    unsafe self.elements = .allocate(capacity: max(1, count))
    for index in elements.indices {
      unsafe (self.elements + index).initialize(to: elements[index])
    }
  }

  deinit {
    unsafe elements.deinitialize(count: count)
    unsafe elements.deallocate()
  }

  @inline(__always)
  package subscript(index: Int) -> Element {
    assert(index >= 0 && index < count)
    return unsafe elements[index]
  }

  /// The elements, valid while this object lives.
  package var view: StandingView<Element> { unsafe StandingView(elements, count: count) }

  /// An element in its place, for those too large to copy.
  @inline(__always)
  func address(of index: Int) -> UnsafePointer<Element> { unsafe UnsafePointer(elements + index) }
}

extension StandingArray: Equatable where Element: Equatable {
  package static func == (left: StandingArray, right: StandingArray) -> Bool {
    left.count == right.count && (0..<left.count).allSatisfy { left[$0] == right[$0] }
  }
}

/// Elements of a `StandingArray` that its owner keeps alive, lent without counting references.
@safe package struct StandingView<Element>: @unchecked Sendable {
  package let count: Int
  private let elements: UnsafePointer<Element>

  fileprivate init(_ elements: UnsafePointer<Element>, count: Int) {
    unsafe self.elements = unsafe elements
    self.count = count
  }

  @inline(__always)
  package subscript(index: Int) -> Element {
    precondition(index >= 0 && index < count)
    return unsafe elements[index]
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
      (made.kind, made.source, made.table) = (.mapped, Int32(source), Int32(tables.count))
      tables.append(column.stored)
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
