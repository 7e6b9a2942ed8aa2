// The inputs that the fuzzer kept, which reach all that it found in the reader, read again.

import Foundation
import Support
import Testing

@testable import Loading

@Suite struct DelimitedAgreementTests {
  @Test func readingsOfKeptInputsAgree() throws {
    let kept = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/reader")
    let names = try FileManager.default.contentsOfDirectory(atPath: kept.path)
    #expect(names.count > 100)
    let folder = try TemporaryFolder()
    for name in names {
      let input = [UInt8](try Data(contentsOf: kept.appendingPathComponent(name)))
      let path = try folder.write(Array(input.dropFirst(2)), as: "input")
      #expect(throws: Never.self, "\(name)") { try requireAgreement(input, path: path) }
    }
  }

  /// A disagreement would be seen.
  @Test func seesADisagreement() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a,b\n1,2\n", as: "input")
    #expect(throws: DelimitedDisagreement.self) {
      try requireAgreement([0, 0] + Array("a,b\n1,3\n".utf8), path: path)
    }
  }
}
