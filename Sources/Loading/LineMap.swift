// From a row that was stored to the file, the line and the byte where it stood.
//
// Three bytes a row: the distance in bytes (2) and in lines (1) from the row before; a distance
// that does not fit stands in a list of its own. Kept until the load is published, for the report
// of rows that lose to an earlier line. Where rows are sorted no distance fits, and their places
// are kept outside memory.

import Bytes

/// Where the rows of one table came from, in row order.
struct LineMap {
  /// A place in the files of a table: physical line from 1, byte from 0.
  struct Place: Equatable {
    var file = 0
    var line: Int
    var offset: Int
  }

  private struct Anchor { var row: Int, place: Place }

  /// The steps of rows that follow one another: in parts, since one array for all rows would be
  /// copied again and again as it grows.
  private struct Steps {
    static let rowCount = 1 << 16
    var bytes: [UInt16] = []
    var lines: [UInt8] = []

    init() {
      bytes.reserveCapacity(Self.rowCount)
      lines.reserveCapacity(Self.rowCount)
    }
  }

  private static let anchorSpacing = 4_096
  private var anchors: [Anchor] = []
  /// Full ones, and those that grow.
  private var steps: [Steps] = []
  private var lastSteps = Steps()
  private var last = Place(line: 0, offset: 0)
  private let sorted: SortedPlaces?

  /// Keeps places in memory.
  init() { sorted = nil }

  /// Keeps places in any order in a file beside another.
  init(beside path: String) throws(LoadError) { sorted = try SortedPlaces(beside: path) }

  var rowCount: Int { sorted?.count ?? steps.count * Steps.rowCount + lastSteps.bytes.count }

  /// Adds the place of the next row.
  mutating func append(line: Int, offset: Int, file: Int = 0) throws(LoadError) {
    if let sorted { return try sorted.append(Place(file: file, line: line, offset: offset)) }
    let row = rowCount
    let byteStep = offset - last.offset
    let lineStep = line - last.line
    let fits =
      file == last.file && byteStep >= 0 && byteStep <= 0xFFFF && lineStep >= 0 && lineStep <= 0xFF
    if row % Self.anchorSpacing == 0 || !fits {
      anchors.append(Anchor(row: row, place: Place(file: file, line: line, offset: offset)))
    }
    lastSteps.bytes.append(fits ? UInt16(byteStep) : 0)
    lastSteps.lines.append(fits ? UInt8(lineStep) : 0)
    if lastSteps.bytes.count == Steps.rowCount {
      steps.append(lastSteps)
      lastSteps = Steps()
    }
    last = Place(file: file, line: line, offset: offset)
  }

  /// Adds the places of rows of a piece that follow one another.
  mutating func append(_ rows: Range<Int>, of piece: ParsedPiece) throws(LoadError) {
    for row in rows {
      try append(line: piece.lines[row], offset: piece.offsets[row], file: piece.file)
    }
  }

  /// Where a row stood.
  func place(ofRow row: Int) throws(LoadError) -> Place {
    precondition(row >= 0 && row < rowCount)
    if let sorted { return try sorted.place(ofRow: row) }
    var low = 0
    var high = anchors.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if anchors[middle].row <= row { low = middle } else { high = middle }
    }
    var place = anchors[low].place
    // Anchors are at least as close as parts are long, and one is at the beginning of each.
    let (part, first) = (row / Steps.rowCount, row / Steps.rowCount * Steps.rowCount)
    let its = part < steps.count ? steps[part] : lastSteps
    for row in (anchors[low].row + 1 - first)..<(row + 1 - first) {
      place.offset += Int(its.bytes[row])
      place.line += Int(its.lines[row])
    }
    return place
  }
}
