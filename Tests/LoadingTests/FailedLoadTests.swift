// What a load that failed leaves behind is swept by the next one, to the last word.

import Store
import Support
import Testing

@testable import Loading

@Suite struct FailedLoadTests {
  private let first = "household_number,address,dwelling\n0000000001,1 Phố A,\n"
  private let second = "household_number,address,dwelling\n0000000002,2 Phố B,\n"

  @Test func sweepsLeftovers() throws {
    let failed = try LoadedRegistry(schemas: schemasPath)
    try failed.load(("household", first))
    let before = try failed.contents()
    let rows = (10..<500).map { "00000\(10_000 + $0),\($0) Đường \($0),new\($0)\n" }.joined()
    #expect(throws: LoadError.self) {
      try failed.load(
        ("household", "household_number,address,dwelling\n" + rows),
        ("person", "person_id,full_name\n000000000001,\"open\n"))
    }
    let leftovers = try failed.contents()
    #expect(leftovers["segment"]?.count ?? 0 > before["segment"]?.count ?? 0)
    #expect(leftovers["catalog"] == before["catalog"])

    let plain = try LoadedRegistry(schemas: schemasPath)
    try plain.load(("household", first))
    try plain.load(("household", second))
    try failed.load(("household", second))
    #expect(differences(try plain.contents(), try failed.contents()) == [])
    #expect(try failed.texts("address", of: "household") == ["1 Phố A", "2 Phố B"])
  }

  @Test func numbersLoads() throws {
    let loaded = try LoadedRegistry(schemas: schemasPath)
    try loaded.load(("household", first))
    try loaded.load(("household", second))

    let loads = try loaded.registry.beginSnapshot().catalog.loads
    #expect(loads.map(\.number) == [1, 2])
    #expect(loads.map(\.storedCount) == [1, 1])
    #expect(loads.map { $0.files.map(\.table) } == [["household"], ["household"]])
    #expect(
      loads.map { $0.files[0].byteCount } == [UInt64(first.utf8.count), UInt64(second.utf8.count)])
  }
}
