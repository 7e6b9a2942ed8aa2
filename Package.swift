// swift-tools-version: 6.2
import PackageDescription

// Floors from the cellar up. A target may depend only on lower floors; HouseTests checks imports.
let package = Package(
  name: "hearth",
  products: [
    .library(name: "Hearth", targets: ["Hearth"]),
    .executable(name: "hearth", targets: ["HearthCLI"]),
    .executable(name: "hearth-bench", targets: ["HearthBench"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(
      name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .target(name: "CKernels"),

    .target(name: "Bytes", dependencies: ["CXXHash", "CKernels"]),

    .target(name: "Rows", dependencies: ["Bytes"]),
    .target(name: "Columns", dependencies: ["Bytes", "CKernels"]),
    .target(name: "Pages", dependencies: ["Bytes", "CLMDB"]),
    .target(name: "Compression", dependencies: ["Bytes", "CZstd", "CZlib"]),
    .target(name: "Encryption", dependencies: ["Bytes", "CSodium"]),

    .target(name: "Rules", dependencies: ["Bytes", "Rows"]),
    .target(name: "Segments", dependencies: ["Bytes", "Rows", "Columns"]),
    .target(name: "Backups", dependencies: ["Bytes", "Pages", "Compression", "Encryption"]),

    .target(
      name: "Store", dependencies: ["Bytes", "Rows", "Columns", "Rules", "Pages", "Segments"]),

    .target(
      name: "Querying",
      dependencies: ["Bytes", "Rows", "Columns", "Rules", "Compression", "Segments", "Store"]),
    .target(
      name: "Loading",
      dependencies: [
        "Bytes", "CKernels", "Rows", "Columns", "Rules", "Compression", "Segments", "Store",
      ]),
    .target(name: "Generating", dependencies: ["Bytes", "Rows"]),

    .target(
      name: "Hearth",
      dependencies: [
        "Bytes", "Rows", "Rules", "Pages", "Compression", "Encryption", "Backups", "Store",
        "Querying", "Loading",
      ]),

    .executableTarget(
      name: "HearthCLI",
      dependencies: [
        "Hearth", "Generating", "CKernels",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .executableTarget(
      name: "HearthBench",
      dependencies: [
        "Bytes", "Rows", "Columns", "Pages", "Segments", "Store", "Querying", "Hearth",
      ],
      path: "Benchmarks/HearthBench"),

    .target(name: "Support", dependencies: ["Bytes"], path: "Tests/Support"),
    .testTarget(name: "BytesTests", dependencies: ["Bytes", "Support"]),
    .testTarget(name: "RowsTests", dependencies: ["Rows", "Bytes", "Support"]),
    .testTarget(name: "ColumnsTests", dependencies: ["Columns", "CKernels", "Bytes", "Support"]),
    .testTarget(name: "PagesTests", dependencies: ["Pages", "Bytes", "Support"]),
    .testTarget(name: "CompressionTests", dependencies: ["Compression", "Bytes", "Support"]),
    .testTarget(name: "EncryptionTests", dependencies: ["Encryption", "Bytes", "Support"]),
    .testTarget(
      name: "BackupsTests",
      dependencies: ["Backups", "Encryption", "Pages", "Bytes", "Support"]),
    .testTarget(name: "RulesTests", dependencies: ["Rules", "Rows", "Bytes", "Support"]),
    .testTarget(
      name: "SegmentsTests", dependencies: ["Segments", "Columns", "Rows", "Bytes", "Support"]),
    .testTarget(
      name: "StoreTests",
      dependencies: ["Store", "Segments", "Pages", "Columns", "Rows", "Bytes", "Support"]),
    .testTarget(
      name: "QueryingTests",
      dependencies: ["Querying", "Store", "Columns", "Segments", "Rows", "Bytes", "Support"]),
    .testTarget(
      name: "LoadingTests",
      dependencies: [
        "Loading", "Store", "Pages", "Segments", "Compression", "Generating", "Rows", "Bytes",
        "Support",
      ]),
    .testTarget(name: "GeneratingTests", dependencies: ["Generating", "Bytes", "Support"]),
    .testTarget(
      name: "HearthTests",
      dependencies: ["Hearth", "Generating", "Compression", "Bytes", "Support"]),
    .testTarget(name: "HouseTests"),
  ]
)

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),  // SE-0335
  .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
  .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
  .enableExperimentalFeature("Lifetimes"),  // A property may return a span that borrows its owner.
]

for target in package.targets {
  switch target.type {
  case .regular, .executable:
    guard target.name != "CKernels" else { continue }
    // SE-0458. Not for tests: `#expect` expands to code that this setting rejects.
    target.swiftSettings = strict + [.strictMemorySafety()]
  case .test:
    target.swiftSettings = strict
  default:
    break
  }
}
