// The keys of a table's last index: rows that are not at their parents' place, by their parents'
// rows.

package import Bytes
import Columns
package import Segments

extension IndexKeys {
  /// Writes the hashes and rows of a segment's late children, and returns how many there are.
  ///
  /// The link column must be open. There must be room for a segment's rows.
  package static func gatherLateChildren(
    of view: SegmentView, segment: Int, hashes: ScratchView<UInt64>, rows: ScratchView<UInt32>
  ) -> Int {
    guard let late = view.linkExceptions, let parents = late.exceptionValues else { return 0 }
    precondition(hashes.count >= late.exceptionCount && rows.count >= late.exceptionCount)
    var count = 0
    for position in 0..<late.exceptionCount {
      let parent = parents.value(at: position)
      guard parent != absentValue else { continue }
      hashes[count] = IndexKeyKind.wide.hash(UInt64(bitPattern: parent))
      rows[count] = UInt32(segment << 16 + late.exceptionRow(position))
      count += 1
    }
    return count
  }
}
