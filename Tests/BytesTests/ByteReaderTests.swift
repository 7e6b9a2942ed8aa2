// What a writer wrote is read; what is not there is a corruption.

import Bytes
import Testing

@Suite struct ByteReaderTests {
  private let written: [UInt8] = [
    0x01, 0x34, 0x12, 0xFE, 0xFF, 0xFF, 0xFF, 0x03, 0, 0, 0, 0x41, 0xC3, 0xA9, 9, 8, 0, 0,
  ]

  @Test func writesWhatIsWrittenByHand() {
    var writer = ByteWriter()
    writer.append(UInt8(1))
    writer.append(UInt16(0))
    writer.append(Int32(-2))
    writer.append(text: "Aé")
    writer.append([9, 8])
    writer.pad(to: 6)
    writer.pad(to: 6)
    writer.overwrite(UInt16(0x1234), at: 1)
    #expect(writer.bytes == written)
    #expect(writer.count == 18)
  }

  @Test func readsWhatIsWrittenByHand() throws {
    try written.lend { bytes throws in
      var reader = ByteReader(bytes, of: .catalog)
      #expect(try reader.next(UInt8.self) == 1)
      #expect(try reader.next(UInt16.self) == 0x1234)
      #expect(try reader.next(Int32.self) == -2)
      #expect(try reader.nextText() == "Aé")
      #expect(try reader.nextBytes(4).copied == [9, 8, 0, 0])
      #expect(reader.isAtEnd)
      #expect(throws: Corruption(.catalog, at: 18)) { _ = try reader.next(UInt8.self) }
      #expect(reader.offset == 18)
      #expect(try reader.nextBytes(0).count == 0)
    }
  }

  @Test(arguments: [(bytes: [2, 0, 0, 0, 7], each: 3), (bytes: [1, 0, 0], each: 1)])
  func refusesMoreThanThereIs(bytes: [UInt8], each: Int) {
    #expect(throws: Corruption(.dictionary, at: 0)) {
      try bytes.lend { bytes throws in
        var reader = ByteReader(bytes, of: .dictionary)
        return try reader.nextCount(byteCountEach: each)
      }
    }
    #expect(throws: Corruption.self) {
      try bytes.lend { bytes throws in
        var reader = ByteReader(bytes, of: .dictionary)
        return try reader.nextText()
      }
    }
  }

  @Test func refusesToOverwriteWhatIsNotWritten() async {
    await #expect(processExitsWith: .failure) {
      var writer = ByteWriter()
      writer.append(UInt16(0))
      writer.overwrite(UInt16(0), at: 1)
    }
  }
}
