import Testing

/// A file imports only from lower floors, and each C library has one importer.
@Suite struct FloorTests {
  /// From the cellar up.
  static let floors: [Set<String>] = [
    ["CLMDB", "CZstd", "CZlib", "CXXHash", "CSodium", "CKernels"],
    ["Bytes"],
    ["Rows", "Columns", "Pages", "Compression", "Encryption"],
    ["Rules", "Segments", "Backups"],
    ["Store"],
    ["Querying", "Loading", "Generating"],
    ["Hearth"],
    ["HearthCLI"],
  ]

  static let importers: [String: Set<String>] = [
    "CLMDB": ["Pages"], "CZstd": ["Compression"], "CZlib": ["Compression"],
    "CSodium": ["Encryption"],
    "CXXHash": ["Bytes"], "CKernels": ["Bytes", "Columns", "Loading", "HearthCLI"],
  ]

  @Test(arguments: floors.indices)
  func importsOnlyGoDown(floor: Int) throws {
    let below = Self.floors[..<floor].reduce(into: Set()) { $0.formUnion($1) }
    let house = Self.floors.reduce(into: Set()) { $0.formUnion($1) }

    for file in try houseFiles(under: "Sources") where Self.floors[floor].contains(file.module) {
      for name in file.imports where house.contains(name) {
        #expect(below.contains(name), "\(file.path) imports \(name)")
      }
    }
  }

  @Test func eachLibraryHasItsImporters() throws {
    for file in try houseFiles(under: "Sources") {
      for name in file.imports {
        guard let importers = Self.importers[name] else { continue }
        #expect(importers.contains(file.module), "\(file.path) imports \(name)")
      }
    }
  }

  @Test func foundationStaysAtTheDoors() throws {
    for file in try houseFiles(under: "Sources") where file.module != "HearthCLI" {
      #expect(!file.imports.contains("Foundation"), "\(file.path)")
      #expect(file.module == "Rows" || !file.imports.contains("FoundationEssentials"))
    }
  }

  @Test func everyModuleHasAFloor() throws {
    let house = Self.floors.reduce(into: Set()) { $0.formUnion($1) }
    for file in try houseFiles(under: "Sources") {
      #expect(house.contains(file.module), "\(file.path)")
    }
  }
}
