// Everything that can be read of a damaged registry, as files that a load reads.

import Bytes
import Glibc
import Pages
import Querying
public import Rows
public import Store

/// What a salvage brought back, and what it could not.
public struct SalvageReport: Equatable, Sendable {
  /// By table: its name, and how many rows were written.
  public var tables: [(name: String, rows: Int)]
  /// What is lost, pages first and then by table.
  public var losses: [SalvageLoss]

  /// Whether two reports tell the same.
  public static func == (left: SalvageReport, right: SalvageReport) -> Bool {
    left.losses == right.losses
      && left.tables.elementsEqual(right.tables) { $0.name == $1.name && $0.rows == $1.rows }
  }
}

extension Database {
  /// Writes every row and value of a registry that can be read, damaged as it may be, to a folder:
  /// a file `TABLE.csv` for each table, in which what is lost is absent.
  ///
  /// The pages are read without LMDB, and the registry stays as it is. `schema` is used if the
  /// registry has lost its own. The folder is made if it is missing; files that are there stay, and
  /// each file appears once it is whole. Throws `StoreError` when no schema or no value can be
  /// found, and `ExportError` for the folder.
  public static func salvage(
    _ path: String, to folder: String, schema: Schema? = nil
  ) throws -> SalvageReport {
    guard unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST else {
      throw ExportError(path: folder, systemError: errno)
    }
    let rescued = try OutputFile(folder + "/rescued", replaces: false)
    guard let rescuedPath = rescued.partialPath else {
      throw ExportError(path: folder, systemError: ENOTDIR)
    }
    defer { removeLock(of: rescuedPath) }
    let file = try SalvagedFile(of: path, at: rescuedPath, schema: schema)
    let snapshot = try file.beginSnapshot()
    var report = SalvageReport(tables: [], losses: file.losses)
    for (table, declared) in snapshot.registry.schema.tables.enumerated() {
      let output = try OutputFile("\(folder)/\(declared.name).csv", replaces: false)
      let (rowCount, losses) = try TableSalvage(table: table).write(in: snapshot) {
        try output.write($0)
      }
      try output.finish()
      report.tables.append((declared.name, rowCount))
      report.losses += losses
    }
    return report
  }
}
