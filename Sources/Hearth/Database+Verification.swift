// Checks every promise of a registry's file.

public import Store

extension Database {
  /// Checks every promise of the last commit and reports each one that is broken.
  ///
  /// Reads every large value once, on all processors: about ten million persons in ten seconds.
  /// `progress` is called now and then on this thread. Throws `StoreError` where nothing can be
  /// examined: the catalog is broken, or the file system refuses.
  public func verify(
    jobs: Int? = nil, progress: ((VerificationProgress) -> Void)? = nil
  ) throws -> VerificationReport {
    guard let jobs else { return try registry.verify(progress: progress) }
    return try registry.verify(jobs: jobs, progress: progress)
  }
}
