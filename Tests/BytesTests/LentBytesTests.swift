// Lent bytes lend what is inside them and nothing else.

import Bytes
import Testing

@Suite struct LentBytesTests {
  private let bytes: [UInt8] = [0x10, 0x21, 0x32, 0x43, 0x54, 0x65, 0x76, 0x87, 0x98]

  @Test func loadsAtAnyOffset() throws {
    try bytes.lend { lent throws in
      #expect(lent.load(1, as: UInt16.self) == 0x3221)
      #expect(lent.load(1, as: UInt64.self) == 0x9887_7665_5443_3221)
      #expect(lent.load(8, as: Int8.self) == -0x68)
      #expect(try lent.checkedLoad(5, as: UInt32.self, of: .column) == 0x9887_7665)
      #expect(lent[3] == 0x43)
      let array = try lent.array(1, count: 4, as: UInt16.self, of: .column)
      #expect((0..<array.count).map { array[$0] } == [0x3221, 0x5443, 0x7665, 0x9887])
      #expect(try lent.slice(9, count: 0, of: .column).count == 0)
      #expect(lent.part(2, 4).copied == [0x32, 0x43])
      #expect(lent.part(2, 4).isEqual(to: try lent.slice(2, count: 2, of: .column)))
      #expect(!lent.part(2, 4).isEqual(to: lent.part(3, 5)))
      #expect(!lent.part(2, 4).isEqual(to: lent.part(2, 5)))
    }
  }

  @Test(arguments: [(-1, 1), (0, 10), (9, 1), (10, 0), (3, -1), (1, Int.max), (Int.max, 1)])
  func refusesSlicesThatLeaveTheBytes(offset: Int, count: Int) {
    bytes.lend { lent -> Void in
      #expect(throws: Corruption(.segment, at: offset)) {
        _ = try lent.slice(offset, count: count, of: .segment)
      }
    }
  }

  @Test(arguments: [(-1, 1), (2, 4), (0, -1), (0, Int.max), (0, Int.max / 2 + 1)])
  func refusesArraysThatLeaveTheBytes(offset: Int, count: Int) {
    bytes.lend { lent -> Void in
      #expect(throws: Corruption(.segment, at: offset)) {
        _ = try lent.array(offset, count: count, as: UInt16.self, of: .segment)
      }
    }
  }

  @Test(arguments: [-1, 6, 9, Int.max]) func refusesLoadsThatLeaveTheBytes(offset: Int) {
    bytes.lend { lent -> Void in
      #expect(throws: Corruption(.segment, at: offset)) {
        _ = try lent.checkedLoad(offset, as: UInt32.self, of: .segment)
      }
    }
  }

  @Test func lendsNothing() {
    #expect(LentBytes.empty.count == 0)
    #expect([UInt8]().lend { String($0) } == "")
    #expect(LentBytes.empty.isEqual(to: LentBytes.empty))
    #expect(checksum([]) == 0x2d06_8005_38d3_94c2)
  }

  @Test func startsScratchesZeroedAndAligned() {
    let scratch = Scratch<UInt32>(count: 100)
    #expect(UInt(bitPattern: scratch.view.base) % 64 == 0)
    #expect((0..<100).allSatisfy { scratch.view[$0] == 0 })
    let rest = scratch.view.from(90)
    rest[9] = 7
    #expect(rest.count == 10)
    #expect(scratch.view[99] == 7)
  }

  @Test func keepsTheFirstPlaceOfACorruption() {
    let nowhere = Corruption(.column, at: 4)
    #expect(nowhere.located("a").place == "a")
    #expect(nowhere.located("a").located("b").place == "a")
    #expect(nowhere.located("a").offset == 4)
  }

  /// Values of the splitmix64 finaliser, from its definition.
  @Test func mixes() {
    #expect(mix(0) == 0)
    #expect(mix(0x9e37_79b9_7f4a_7c15) == 0xe220_a839_7b1d_cdaf)
  }
}
