// Reads what can be read of a file whose pages are broken, without LMDB.

package import Bytes

/// Gives `body` every keyspace, key and value that can be reached.
///
/// They come in no promised order, and nothing of them was checked but that they lie inside the
/// file. The last commit is read, or, when its trees cannot be found, the one before it; what is
/// wrong with its pages is returned. Throws `corrupted` when neither can be, what the system
/// refused, or what `body` throws.
package func rescueValues(
  of path: String, _ body: @escaping (String, LentBytes, LentBytes) throws -> Void
) throws -> [PageFinding] {
  let file = try PageFile(path)
  let metas = file.metas.compactMap { $0 }.sorted { $0.commit > $1.commit }
  for meta in metas {
    var failure: (any Error)?
    var count = 0
    let walk = PageWalk(file, meta) { keyspace, key, value in
      guard failure == nil, let bytes = file.bytes(of: value) else { return }
      count += 1
      do { try bytes.lend { try body(keyspace, key, $0) } } catch { failure = error }
    }
    walk.run()
    if let failure { throw failure }
    if count > 0 { return walk.findings }
  }
  throw PageError(.corrupted, in: path)
}
