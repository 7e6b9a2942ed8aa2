// One run of an index: its partitions, each fetched and verified when it is first asked.

import Bytes
import Pages
import Synchronization

/// One run of an index, kept from snapshot to snapshot.
@safe final class IndexRunView: @unchecked Sendable {
  let state: Catalog.RunState
  let shape: IndexRunShape
  private let partitions: UnsafeMutablePointer<IndexRunPartition?>
  private let isOpen: UnsafeMutablePointer<Atomic<Bool>>
  private var standing: [StandingBytes] = []
  private let monitor = Monitor()

  init(_ state: Catalog.RunState) {
    self.state = state
    shape = IndexRunShape(
      keyKind: IndexKeyKind(rawValue: state.keyBits) ?? .wide,
      partitionBits: Int(state.partitionBits), rowBits: 32)
    unsafe partitions = .allocate(capacity: shape.partitionCount)
    unsafe isOpen = .allocate(capacity: shape.partitionCount)
    unsafe partitions.initialize(repeating: nil, count: shape.partitionCount)
    for index in 0..<shape.partitionCount {
      unsafe (isOpen + index).initialize(to: Atomic(false))
    }
  }

  deinit {
    unsafe partitions.deinitialize(count: shape.partitionCount)
    unsafe partitions.deallocate()
    unsafe isOpen.deallocate()
  }

  /// The partition that holds a hash; nil when the run has none there.
  @inline(__always)
  func partition(
    of hash: UInt64, _ reader: SharedReader, _ keyspaces: Keyspaces
  ) throws(StoreError) -> IndexRunPartition? {
    let number = shape.partition(of: hash)
    if unsafe !isOpen[number].load(ordering: .acquiring) {
      try open(number, reader, keyspaces)
    }
    return unsafe partitions[number]
  }

  @inline(never)
  func open(
    _ number: Int, _ reader: SharedReader, _ keyspaces: Keyspaces
  ) throws(StoreError) {
    let opened = try Self.fetch(number, of: state, shape, reader, keyspaces)
    monitor.withLock {
      guard unsafe !isOpen[number].load(ordering: .relaxed) else { return }
      unsafe partitions[number] = opened?.partition
      if let opened { standing.append(opened.bytes) }
      unsafe isOpen[number].store(true, ordering: .releasing)
    }
  }

  /// Fetches and verifies a partition; nil where the run has no keys.
  static func fetch(
    _ number: Int, of state: Catalog.RunState, _ shape: IndexRunShape,
    _ reader: SharedReader, _ keyspaces: Keyspaces
  ) throws(StoreError) -> (partition: IndexRunPartition, bytes: StandingBytes)? {
    let value = try reader.get(
      NumberKey(state.number, UInt32(number)), in: keyspaces.partition)
    let sums = try reader.get(Keyspaces.runChecksumKey(state.number), in: keyspaces.checksum)
    do throws(Corruption) {
      guard let sums, sums.count == 8 * shape.partitionCount else {
        throw Corruption(.checksums, at: sums?.count ?? 0)
      }
      let sum = sums.load(8 * number, as: UInt64.self)
      guard let value else {
        // A partition without keys is not stored; its checksum is 0.
        guard sum == 0 else { throw Corruption(.partition, at: 0) }
        return nil
      }
      let bytes = StandingBytes(value)
      guard checksum(bytes.bytes) == sum else { throw Corruption(.partition, at: 0) }
      let partition = try IndexRunPartition(bytes.bytes)
      guard partition.runPartitionBits == shape.partitionBits else {
        throw Corruption(.partition, at: 6)
      }
      return (partition, bytes)
    } catch {
      throw StoreError(error.located("index run \(state.number) partition \(number)"))
    }
  }
}
