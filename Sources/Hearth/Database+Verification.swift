// Checks every promise of a registry's file.

import Bytes
public import Store

extension Database {
  /// Checks the pages of a file, without opening it when they are broken, and then every promise
  /// of the registry in it.
  ///
  /// Opening a file with broken pages may end the process. Throws `StoreError` as `verify` and
  /// `init` do.
  public static func verify(
    at path: String, jobs: Int? = nil, progress: ((VerificationProgress) -> Void)? = nil
  ) throws -> VerificationReport {
    try Registry.verify(at: path, jobs: jobs ?? processorCount(), progress: progress)
  }

  /// Checks every promise of the last commit and reports each one that is broken.
  ///
  /// Reads every large value once, on all processors: about ten million persons in ten seconds.
  /// `progress` is called now and then on this thread. Throws `StoreError` where nothing can be
  /// examined: the catalog is broken, or the file system refuses.
  public func verify(
    jobs: Int? = nil, progress: ((VerificationProgress) -> Void)? = nil
  ) throws -> VerificationReport {
    try registry.verify(jobs: jobs ?? processorCount(), progress: progress)
  }
}
