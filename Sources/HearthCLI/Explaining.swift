// Turns errors into what a person reads, and exit codes: 1 for what failed, 64 for a wrong call.

import ArgumentParser
import Foundation
import Hearth

/// Something that was asked for and is not there.
struct NotFound: Error {
  let what: String
}

/// Runs `body`; an error is explained on the standard error and ends the command with exit code 1.
func explaining(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let error as ExitCode {
    throw error
  } catch {
    FileHandle.standardError.write(Data("hearth: \(explanation(of: error))\n".utf8))
    throw ExitCode(1)
  }
}

private func explanation(of error: any Error) -> String {
  switch error {
  case let error as NotFound: "there is no \(error.what)"
  case let error as LoadError: explain(error)
  case let error as StoreError: explain(error)
  case let error as PageError: explain(error)
  case let error as QueryFailure: explain(error)
  case let error as QueryError: explain(error)
  case let error as Corruption: explain(error)
  case let error as FieldProblem: "\(error.remedy) (\(error.code))"
  default: String(describing: error)
  }
}

private func explain(_ error: StoreError) -> String {
  switch error {
  case .page(let error): explain(error)
  case .corruption(let corruption): explain(corruption)
  case .notARegistry(let path): "\(path) is no registry (not_a_registry)"
  case .registryExists(let path): "\(path) exists already (registry_exists)"
  case .loadInProgress(let path): "another load is writing to \(path) (load_in_progress)"
  case .schemaUnreadable(let detail): "the stored schema is damaged: \(detail) (corrupted)"
  }
}

private func explain(_ error: PageError) -> String {
  let system = error.systemError == 0 ? "" : ", system error \(error.systemError)"
  return "\(error.place): \(error.code.rawValue)\(system)"
}

private func explain(_ error: Corruption) -> String {
  let place = error.place.isEmpty ? "" : " in \(error.place)"
  return
    "the registry is damaged: \(error.structure.rawValue)\(place), offset \(error.offset) "
    + "(corrupted); restore a backup, or read what is not damaged"
}

private func explain(_ error: QueryFailure) -> String {
  switch error {
  case .unknownTable(let table): "there is no table \(table) (unknown_table)"
  case .unknownField(let table, let field):
    "table \(table) has no field \(field) (unknown_field)"
  case .noIndex(let table, let field):
    "\(field) of \(table) has no index; count or export with a condition instead (no_index)"
  case .notAValue(let table, let field, let problem):
    "this is no \(field) of \(table): \(problem.remedy) (\(problem.code))"
  case .notAChild(let table, let parent):
    "rows of \(table) do not belong to rows of \(parent) (not_a_child)"
  }
}

private func explain(_ error: QueryError) -> String {
  if case .store(let error) = error.code { return explain(error) }
  let name = error.name.isEmpty ? "" : " '\(error.name)'"
  return "the question is wrong at byte \(error.position)\(name): \(error.code)"
}

private func explain(_ error: LoadError) -> String {
  switch error {
  case .unknownTable(let table): "there is no table \(table) (unknown_table)"
  case .tableRepeated(let table): "two files are given for \(table) (table_repeated)"
  case .unreadable(let path, let error):
    "\(path)\(error.line > 0 ? " line \(error.line)" : "")"
      + "\(error.column > 0 ? " column \(error.column)" : "") offset \(error.byteOffset): "
      + "\(error.code); nothing was stored"
  case .columnMissing(let path, let table, let field):
    "\(path) has no column for \(field), which every \(table) must have (column_missing)"
  case .columnRepeated(let path, let field):
    "\(path) has two columns for \(field) (column_repeated)"
  case .noColumn(let path, let table):
    "no column of \(path) is a field of \(table); is its first line a header? (no_column)"
  case .notInParentOrder(let path, let table, let line):
    "\(path) line \(line): too many rows of \(table) stand away from their parents' order; "
      + "sort the file like its parents' (not_in_parent_order)"
  case .alreadyLoaded(let path):
    "\(path) was loaded before; use --again to load it again (already_loaded)"
  case .rejectsUnwritable(let path, let number):
    "\(path) cannot be written, system error \(number) (rejects_unwritable)"
  case .store(let error): explain(error)
  }
}
