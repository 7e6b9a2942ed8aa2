// Where the count of each combination of slots lies.
//
// Inner dimensions make the cell of a lane; outer ones, whose values stay equal over many rows, are
// added to it for a whole range of rows. So the inner cells of a range lie close together.

/// The cells of a count by up to three dimensions.
struct CellLayout: Sendable {
  static let denseCellCountMax = 1 << 22

  let slotCounts: [Int]
  let isOuter: [Bool]
  /// How far apart the cells of two neighbouring slots of each dimension lie.
  let strides: [Int]
  /// Combinations of the slots of inner dimensions.
  let innerCount: Int
  /// All combinations; nil if they are too many to have a counter each.
  let cellCount: Int?

  init(slotCounts: [Int], isOuter: [Bool]) {
    self.slotCounts = slotCounts
    self.isOuter = isOuter
    var strides = [Int](repeating: 0, count: slotCounts.count)
    var cellCount = 1
    var isTooLarge = false
    var innerCount = 1
    for wantsOuter in [false, true] {
      for index in slotCounts.indices where isOuter[index] == wantsOuter {
        strides[index] = cellCount
        let (product, overflow) = cellCount.multipliedReportingOverflow(by: slotCounts[index])
        isTooLarge = isTooLarge || overflow || product > Self.denseCellCountMax
        cellCount = isTooLarge ? 1 : product
      }
      if !wantsOuter { innerCount = cellCount }
    }
    self.strides = strides
    self.innerCount = innerCount
    self.cellCount = isTooLarge ? nil : cellCount
  }

  /// The slot of a dimension in a cell.
  @inline(__always)
  func slot(_ dimension: Int, ofCell cell: Int) -> Int {
    cell / strides[dimension] % slotCounts[dimension]
  }
}

/// The keys of a combination that is counted by itself; those of missing dimensions are 0.
struct CellKeys: Hashable, Sendable {
  var first: Int64 = 0
  var second: Int64 = 0
  var third: Int64 = 0

  subscript(dimension: Int) -> Int64 {
    get { dimension == 0 ? first : dimension == 1 ? second : third }
    set {
      switch dimension {
      case 0: first = newValue
      case 1: second = newValue
      default: third = newValue
      }
    }
  }
}
