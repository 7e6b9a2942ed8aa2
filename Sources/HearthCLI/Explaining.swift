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
  } catch let error as ExportError where error.path == "-" && error.systemError == EPIPE {
    // Who read has seen enough; the shell is told as if the signal had ended the command.
    throw ExitCode(128 + SIGPIPE)
  } catch {
    FileHandle.standardError.write(Data("hearth: \(explanation(of: error))\n".utf8))
    throw ExitCode(1)
  }
}

func explanation(of error: any Error) -> String {
  switch error {
  case let error as NotFound: "there is no \(error.what)"
  case let error as Unwritable:
    "\(error.path) cannot be written: \(systemText(error.systemError)) (unwritable); give another "
      + "path"
  case let error as LoadError: explain(error)
  case let error as LineError: "\(error.path), line \(error.line): \(error.reason)"
  case let error as ChangeError: explain(error)
  case let error as SchemaError: explain(error)
  case let error as StoreError: explain(error)
  case let error as PageError: explain(error)
  case let error as QueryFailure: explain(error)
  case let error as QueryError: explain(error)
  case let error as ExportError: explain(error)
  case let error as BackupError: explain(error)
  case let error as UnfitKey:
    "\(error.path) holds no key (unfit_key); it must hold 32 random bytes or 64 hexadecimal digits"
  case let error as Corruption: explain(error)
  case let error as FieldProblem: "\(error.remedy) (\(error.code))"
  default: String(describing: error)
  }
}

private func explain(_ error: StoreError) -> String {
  switch error {
  case .page(let error): explain(error)
  case .corruption(let corruption): explain(corruption)
  case .notARegistry(let path):
    "\(path) is an LMDB file without a registry in it; nothing was changed (not_a_registry); "
      + "`hearth create` makes a registry at another path"
  case .otherFormat(let path, let version):
    "\(path) is a registry of format version \(version), which this Hearth does not read "
      + "(other_format); use the Hearth that wrote it, or load its files into a new registry"
  case .registryExists(let path):
    "\(path) exists already (registry_exists); give another path, or remove it"
  case .loadInProgress(let path):
    "another load is writing to \(path) (load_in_progress); wait until it has ended"
  case .schemaUnreadable(let detail): "the stored schema is damaged: \(detail) (corrupted)"
  }
}

private func explain(_ error: ChangeError) -> String {
  let (table, field) = (error.table, error.field)
  return switch error.code {
  case .duplicateKey:
    "another \(table) has this \(field), which may occur once; look at it first (duplicate_key)"
  case .parentMissing:
    "no row has this \(field) for the \(table) to belong to; insert that one first (parent_missing)"
  case .childrenRemain:
    "rows belong to this \(table); move or delete them first (children_remain)"
  case .rowMissing: "there is no such \(table) (row_missing)"
  case .rowAmbiguous:
    "several rows of \(table) have this value; name the one by another field (row_ambiguous)"
  case .noIndex:
    "\(field) of \(table) names no row, having no index; name it by another field (no_index)"
  case .notAValue(let problem):
    "this is no \(field) of \(table): \(problem.remedy) (\(problem.code))"
  case .unknownTable:
    "there is no table \(table); `hearth describe` lists them (unknown_table)"
  case .unknownField:
    "table \(table) has no field \(field); `hearth describe` lists them (unknown_field)"
  case .tooManyFreshRows:
    "too many rows have changed since the last sealing; run `hearth seal` (too_many_fresh_rows)"
  }
}

private func explain(_ error: PageError) -> String {
  let system = error.systemError == 0 ? "" : ", system error \(error.systemError)"
  let place = error.place.isEmpty ? "" : "\(error.place): "
  return "\(place)\(remedy(error.code)) (\(snakeCase(error.code.rawValue))\(system))"
}

/// What happened, and what to do about it.
private func remedy(_ code: PageError.Code) -> String {
  switch code {
  case .fileMissing:
    "there is no such file or folder; `hearth create` makes a registry in a folder that is there"
  case .alreadyOpen: "this process has it open already; close it first"
  case .notAFile: "this is no file; give the path of a registry"
  case .foreignFile: "this is no registry; `hearth create` makes one at another path"
  case .versionMismatch:
    "another version of LMDB wrote this file or holds it; use the same version"
  case .fileTooShort: "the file is empty or cut short; restore a backup"
  case .networkFileSystem: "this is a network file system; put the file on a local disk"
  case .permissionDenied:
    "this user may not open the file or its folder so; give the right to, or ask as its owner"
  case .keyspaceMissing: "a keyspace is missing; restore a backup"
  case .diskFull: "the disk is full; make room, the last commit is intact"
  case .mapFull: "the file has reached its greatest size; the last commit is intact"
  case .readersFull: "all slots of readers are taken; end some of them"
  case .transactionFull: "one commit changes too many pages; load fewer rows at once"
  case .corrupted: "the pages of the file are damaged; restore a backup"
  case .busy: "another process is in the way; try again"
  case .outOfMemory: "memory or address space is exhausted; raise the limits of the process"
  case .inputOutput: "the disk failed; look at the system's log"
  case .fileExists: "there is a file already; give another path or remove it"
  case .other: "the system refused"
  }
}

private func explain(_ error: Corruption) -> String {
  let place = error.place.isEmpty ? "" : " in \(error.place)"
  return
    "the registry is damaged: \(error.structure.rawValue)\(place), offset \(error.offset) "
    + "(corrupted); restore a backup, or read what is not damaged"
}

private func explain(_ error: QueryFailure) -> String {
  switch error {
  case .unknownTable(let table):
    "there is no table \(table); `hearth describe` lists them (unknown_table)"
  case .unknownField(let table, let field):
    "table \(table) has no field \(field); `hearth describe` lists them (unknown_field)"
  case .noIndex(let table, let field):
    "\(field) of \(table) has no index; count or export with a condition instead (no_index)"
  case .notAValue(let table, let field, let problem):
    "this is no \(field) of \(table): \(problem.remedy) (\(problem.code))"
  case .notAChild(let table, let parent):
    "rows of \(table) do not belong to rows of \(parent) (not_a_child)"
  case .notAParent(let table):
    "no rows belong to rows of \(table), so they make no trees; write them as ndjson (not_a_parent)"
  case .noFields(let table):
    "no field of \(table) is named; name some, or leave --fields out for all (no_fields)"
  case .fieldRepeated(let table, let field):
    "\(field) of \(table) is named twice; name it once (field_repeated)"
  case .nameTaken(let table, let other):
    "\(other) has a field with the name of table \(table); leave it out with --fields (name_taken)"
  }
}

private func explain(_ error: ExportError) -> String {
  let isStandard = error.path == "-"
  let place = isStandard ? "the standard output" : error.path
  if error.systemError == EEXIST {
    return
      "\(place) exists already and stays as it is (file_exists); give another path, or remove it"
  }
  return "\(place) cannot be written: \(systemText(error.systemError))"
    + (isStandard ? "" : "; nothing is left of it, and a file that was there stays")
    + " (unwritable)"
}

private func explain(_ error: QueryError) -> String {
  let name = "'\(error.name)'"
  let problem: String
  switch error.code {
  case .store(let error): return explain(error)
  case .unknownField:
    problem = "there is no field \(name); `hearth describe` lists them (unknown_field)"
  case .unknownAttribute:
    problem = "the code list has no attribute \(name) (unknown_attribute)"
  case .unknownCode: problem = "\(name) is no code and no name of the code list (unknown_code)"
  case .badValue(let value): problem = "this is no \(error.name): \(value.remedy) (\(value.code))"
  case .wrongType: problem = "values of \(name) cannot be asked so (wrong_type)"
  case .unexpectedText:
    problem =
      error.name.isEmpty
      ? "something is missing (unexpected_text)"
      : "\(name) cannot stand here; quote a value with spaces or signs (unexpected_text)"
  case .unclosedQuote: problem = "the quote has no end (unclosed_quote)"
  case .tooDeep: problem = "there are too many parentheses in parentheses (too_deep)"
  case .badDimension:
    problem = "\(name) is no dimension; `hearth help count` lists their forms (bad_dimension)"
  case .unfitMark:
    problem =
      "\(name) cannot stand for absent values: a value is the same or could be, or it needs "
      + "quotes; choose another, such as \\N (unfit_mark)"
  case .dimensionCount: problem = "one to three dimensions can be counted by (dimension_count)"
  case .tooManyCells:
    problem = "the answer would have too many lines; count by fewer dimensions (too_many_cells)"
  }
  return "the question is wrong at byte \(error.position): \(problem)"
}

private func explain(_ error: LoadError) -> String {
  switch error {
  case .unknownTable(let table):
    "there is no table \(table) (unknown_table); `hearth describe` lists the tables"
  case .fileRepeated(let path):
    "\(path), or another file with the same content, is given twice for its table "
      + "(file_repeated); give it once"
  case .unreadable(let path, let error): explain(error, path: path)
  case .columnMissing(let path, let table, let field):
    "\(path) has no column for \(field), which every \(table) must have (column_missing); add it, "
      + "or let a load plan say which column or constant feeds it"
  case .standardInputRepeated:
    "the standard input can be read once, so it feeds one table (standard_input_repeated); write "
      + "it to a file first"
  case .plannedColumnMissing(let path, let table, let column):
    "\(path) has no column '\(column)', which the plan names for \(table) "
      + "(planned_column_missing); correct the plan, or see whether the delimiter and the line of "
      + "the header are right"
  case .plansDiffer(let path, let table):
    "\(path) has another plan than the first file of \(table) (plans_differ); load it in a call of "
      + "its own, or write one plan that fits both"
  case .columnRepeated(let path, let field):
    "\(path) has two columns for \(field) (column_repeated); take one out, or let a load plan say "
      + "which one feeds it"
  case .noColumn(let path, ""):
    "no column of \(path) has the name of a field of any table (no_column); see whether its first "
      + "line is a header and its delimiter is right, or name the table with --table"
  case .noColumn(let path, let table):
    "no column of \(path) is a field of \(table) (no_column); see whether its first line is a "
      + "header and its delimiter is right, or let `hearth plan` draw up a plan for it"
  case .notInParentOrder(let path, let table, let line):
    "\(path) line \(line): too many rows of \(table) stand away from their parents' order "
      + "(not_in_parent_order); give the file itself rather than a pipe, so that it can be read "
      + "again and sorted"
  case .alreadyLoaded(let path):
    "what \(path) holds was loaded before (already_loaded); use --again to load it again"
  case .spillFailed(let path, let number):
    "records cannot be kept beside \(path) for sorting: \(systemText(number)) (spill_failed); "
      + "make room for as many bytes as the files have decompressed, and 40 a record"
  case .tooManyReplaced(let count, let limit):
    "\(count) rows would replace others, and one load may replace \(limit) (too_many_replaced); "
      + "load the file in parts"
  case .rejectsUnwritable(let path, let number):
    "\(path) cannot be written: \(systemText(number)) (rejects_unwritable); give --rejects and "
      + "--warnings another path"
  case .store(let error): explain(error)
  }
}

/// What the system says of one of its errors.
func systemText(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }
