// Where a load that is only tried writes: a file beside the registry that has no name any more, so
// that nothing is left of it whenever the process ends.

import Bytes
import Glibc
import Pages

/// What a load that is only tried has written; what it has not is read from the registry.
final class TrialFile: Sendable {
  let environment: Environment
  let keyspaces: Keyspaces
  private let named: NamedKeys

  /// Makes the file; `base` is what the registry holds.
  init(beside registry: Registry, _ base: Catalog) throws(StoreError) {
    let path = registry.path + "-trial"
    // The load's lock is held, so what is there is left of a process that was killed just here.
    for name in [path, path + "-lock"] { unsafe unlink(name) }
    do throws(PageError) {
      environment = try Environment(
        path: path, access: .readWrite, create: true, keyspaces: Keyspaces.names)
    } catch { throw StoreError(error) }
    for name in [path, path + "-lock"] { unsafe unlink(name) }
    keyspaces = Keyspaces(of: environment)
    named = NamedKeys(base, of: registry)
  }

  /// Whether the registry has a value under a key: all else there is left of a load that was
  /// killed.
  func isNamed(_ key: NumberKey, in keyspace: Keyspace) -> Bool {
    named.contains(key, in: keyspace)
  }
}
