// Changes, snapshots and cursors.

import Bytes
import Foundation
import Support
import Testing

@testable import Pages

@Suite struct TransactionTests {
  let folder: TemporaryFolder
  let environment: Environment
  let keyspace: Keyspace

  init() throws {
    folder = try TemporaryFolder()
    environment = try Environment(
      path: folder.file("registry"), access: .readWrite, create: true, keyspaces: ["a", "b"])
    keyspace = environment.keyspaces[0]
  }

  private func put(_ value: [UInt8], for key: NumberKey) throws {
    var change = try environment.beginWriting()
    try change.put(value, for: key, in: keyspace)
    try change.commit()
  }

  @Test func showsWhatWasCommittedAndNothingElse() throws {
    try put([1], for: NumberKey(0, 1))
    var change = try environment.beginWriting()
    try change.put([9], for: NumberKey(0, 1), in: keyspace)
    try change.put([2], for: NumberKey(0, 2), in: keyspace)
    #expect(try change.get(NumberKey(0, 1), in: keyspace)?.copied == [9])
    change.abort()

    let snapshot = try environment.beginReading()
    #expect(try snapshot.get(NumberKey(0, 1), in: keyspace)?.copied == [1])
    #expect(try snapshot.get(NumberKey(0, 2), in: keyspace) == nil)
    #expect(try snapshot.get(NumberKey(0, 1), in: environment.keyspaces[1]) == nil)
  }

  @Test func givesUpAChangeThatIsReleased() throws {
    do {
      var change = try environment.beginWriting()
      try change.put([1], for: NumberKey(0, 1), in: keyspace)
    }
    try put([2], for: NumberKey(0, 2))
    let snapshot = try environment.beginReading()
    #expect(try snapshot.get(NumberKey(0, 1), in: keyspace) == nil)
  }

  @Test func keepsASnapshotStable() throws {
    let old = [UInt8](repeating: 1, count: 50_000)
    try put(old, for: NumberKey(0, 1))
    var snapshot = try environment.beginReading()
    let lent = try #require(try snapshot.get(NumberKey(0, 1), in: keyspace))
    for round in 2..<20 as Range<UInt8> {
      try put([UInt8](repeating: round, count: 50_000), for: NumberKey(0, 1))
    }

    #expect(lent.copied == old)
    #expect(try snapshot.get(NumberKey(0, 1), in: keyspace)?.copied == old)
    let id = snapshot.id
    snapshot.reset()
    try snapshot.renew()
    #expect(snapshot.id == id + 18)
    #expect(try snapshot.get(NumberKey(0, 1), in: keyspace)?[0] == 19)
  }

  @Test func numbersAChangeAsItsSnapshotWillBe() throws {
    var change = try environment.beginWriting()
    let id = change.id
    try change.put([1], for: NumberKey(0, 1), in: keyspace)
    try change.commit()
    #expect(try environment.beginReading().id == id)
  }

  @Test(arguments: [2_100, 4_096, 70_000, 3_000_001])
  func beginsALargeValueSixteenBytesIntoAPage(byteCount: Int) throws {
    var change = try environment.beginWriting()
    let room = try change.reserve(byteCount, for: NumberKey(3, 4), in: keyspace)
    #expect(room.count == byteCount)
    #expect(Int(bitPattern: room.base) % 8 == 0)
    for index in 0..<byteCount { room[index] = UInt8(truncatingIfNeeded: index &* 7) }
    try change.commit()

    let snapshot = try environment.beginReading()
    let value = try #require(try snapshot.get(NumberKey(3, 4), in: keyspace))
    #expect(value.count == byteCount)
    #expect(Int(bitPattern: value.base) % 4_096 == 16)
    #expect((0..<byteCount).allSatisfy { value[$0] == UInt8(truncatingIfNeeded: $0 &* 7) })
  }

  @Test func removes() throws {
    try put([1], for: NumberKey(0, 1))
    var change = try environment.beginWriting()
    #expect(try change.remove(NumberKey(0, 1), in: keyspace))
    #expect(try !change.remove(NumberKey(0, 1), in: keyspace))
    try change.commit()
    #expect(try environment.beginReading().get(NumberKey(0, 1), in: keyspace) == nil)
  }

  @Test func removesAll() throws {
    for number in 0..<300 as Range<UInt32> { try put([1], for: NumberKey(0, number)) }
    var change = try environment.beginWriting()
    try change.removeAll(in: keyspace)
    #expect(try change.statistics(of: keyspace).entryCount == 0)
    try change.commit()
  }

  @Test func countsEntriesAndPages() throws {
    try put([UInt8](repeating: 0, count: 40_000), for: NumberKey(0, 1))
    try put([1], for: NumberKey(0, 2))
    let statistics = try environment.beginReading().statistics(of: keyspace)
    // One leaf, and 16 + 40,000 bytes on ten overflow pages.
    #expect(statistics.entryCount == 2)
    #expect(statistics.pageCount == 11)
    #expect(statistics.byteCount == 11 * 4_096)
  }

  @Test func walksInTheOrderOfNumbers() throws {
    let keys = [
      NumberKey(0, 255), NumberKey(0, 256), NumberKey(1, 0),
      NumberKey(258, 3), NumberKey(UInt32.max, 7),
    ]
    for key in keys.reversed() { try put(key.bytes, for: key) }
    let snapshot = try environment.beginReading()
    var seen: [NumberKey?] = []
    try snapshot.forEach(in: keyspace) { key, value in
      #expect(key.isEqual(to: value))
      seen.append(NumberKey(key))
      return true
    }
    #expect(seen == keys)
    seen = []
    try snapshot.forEach(in: keyspace, from: NumberKey(0, 257)) { key, _ in
      seen.append(NumberKey(key))
      return seen.count < 2
    }
    #expect(seen == Array(keys[2...3]))
  }

  @Test func placesACursorFromBothEnds() throws {
    for number in 1...3 as ClosedRange<UInt32> {
      try put([UInt8(number)], for: NumberKey(0, number))
    }
    let snapshot = try environment.beginReading()
    var cursor = try snapshot.cursor(in: keyspace)
    var found = try cursor.last()
    #expect(found)
    #expect(cursor.value[0] == 3)
    found = try cursor.previous()
    #expect(found)
    #expect(cursor.value[0] == 2)
    found = try cursor.seek(notBefore: NumberKey(0, 4))
    #expect(!found)
    var empty = try snapshot.cursor(in: environment.keyspaces[1])
    found = try empty.next()
    #expect(!found)
  }

  @Test func writesKeysBigEndian() {
    #expect(NumberKey(0x0102_0304, 0x0506_0708).bytes == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect([1, 2, 3].lend { NumberKey($0) } == nil)
  }

  @Test func trapsOnASecondChangeOfTheSameThread() async {
    await #expect(processExitsWith: .failure) {
      let folder = try TemporaryFolder()
      let environment = try Environment(
        path: folder.file("registry"), access: .readWrite, create: true, keyspaces: [])
      let first = try environment.beginWriting()
      let second = try environment.beginWriting()
      second.abort()
      first.abort()
    }
  }

  @Test func trapsOnAChangeFromAnotherThread() async {
    await #expect(processExitsWith: .failure) {
      let folder = try TemporaryFolder()
      let environment = try Environment(
        path: folder.file("registry"), access: .readWrite, create: true, keyspaces: ["a"])
      let held = HeldChange(try environment.beginWriting())
      let thread = Thread {
        _ = try? held.change.get(NumberKey(0, 1), in: environment.keyspaces[0])
        exit(0)
      }
      thread.start()
      sleep(60)
      exit(0)
    }
  }

  @Test func trapsOnUseOfASnapshotAfterReset() async {
    await #expect(processExitsWith: .failure) {
      let folder = try TemporaryFolder()
      let environment = try Environment(
        path: folder.file("registry"), access: .readWrite, create: true, keyspaces: ["a"])
      var snapshot = try environment.beginReading()
      snapshot.reset()
      _ = try snapshot.get(NumberKey(0, 1), in: environment.keyspaces[0])
    }
  }

  @Test func trapsOnAChangeOfAFileOpenedForReading() async {
    await #expect(processExitsWith: .failure) {
      let folder = try TemporaryFolder()
      let path = folder.file("registry")
      _ = try Environment(path: path, access: .readWrite, create: true, keyspaces: ["a"])
      let environment = try Environment(path: path, access: .readOnly, keyspaces: ["a"])
      let change = try environment.beginWriting()
      change.abort()
    }
  }
}

/// A change that the compiler lets pass to another thread.
private final class HeldChange: @unchecked Sendable {
  let change: WriteTransaction
  init(_ change: consuming WriteTransaction) { self.change = change }
}
