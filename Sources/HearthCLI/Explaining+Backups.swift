// Why a backup cannot be written or restored, for a person.

import Hearth

/// What is wrong with a backup, and what can be done.
func explain(_ error: BackupError) -> String {
  let chunk = error.chunk > 0 ? " chunk \(error.chunk)" : ""
  let (what, remedy) = explanation(of: error)
  return "\(error.path)\(chunk): \(what) (\(snakeCase(error.code.rawValue))); \(remedy)"
}

private func explanation(of error: BackupError) -> (what: String, remedy: String) {
  let another = "take another copy of it, or another backup"
  return switch error.code {
  case .unreadable:
    ("it cannot be read: \(systemText(error.systemError))", "correct the path, or look at the disk")
  case .notBackup: ("this is no backup", "give a file that `hearth backup` wrote")
  case .otherFormat:
    ("a later Hearth wrote this backup", "use that Hearth, or a later one")
  case .keyNeeded: ("it is encrypted", "give its key with --key-file")
  case .keyWrong: ("it was encrypted with another key", "give that key with --key-file")
  case .notEncrypted:
    (
      "it is not encrypted, so the key cannot say who wrote it",
      "leave --key-file out if it may come from anyone"
    )
  case .cut: ("the backup ends early", another)
  case .damaged: ("bytes of the backup were changed", another)
  case .incomplete:
    (
      "it holds only what changed since an earlier backup",
      "give the one that holds everything first, then those that follow it, in order"
    )
  case .doesNotFollow:
    (
      "it does not follow the backup before it", "give all backups of one row, the oldest first"
    )
  case .unsound:
    (
      "the registry was damaged already when it was backed up",
      "restore an earlier backup, or keep this one with --keep-unsound and see `hearth verify`"
    )
  case .outOfMemory: ("memory is exhausted", "raise the limits of the process")
  }
}
