// How the fields of an index become one hash.
//
//   one integer field          IndexKeyKind: a bijection, so that equal hashes are equal keys
//   one text field             XXH3 of its bytes, or its folded hash
//   several fields             h = mix(h xor part) over the parts in order, beginning with 0; an
//                              integer's part is mix of it, a text's part as above
//
// A row that lacks a field of the index is not in it.

package import Bytes
package import Rows

/// The keys of an index.
package enum IndexKeys {
  /// How an index hashes.
  package static func kind(of index: Index, in table: Table) -> IndexKeyKind {
    guard index.fields.count == 1, case .digits(let count) = table.fields[index.fields[0]].type,
      count <= 12
    else { return .wide }
    return .digits
  }

  /// The hash of a text as a key, or as a part of one.
  package static func hash(of text: LentBytes, isFolded: Bool) -> UInt64 {
    isFolded ? FoldedHash(folding: text).sum : mix(text)
  }

  /// The part of a key of several fields that an integer is.
  @inlinable package static func part(of value: Int64) -> UInt64 { mix(UInt64(bitPattern: value)) }

  /// Adds a part to the hash of a key of several fields.
  @inlinable package static func join(_ hash: UInt64, _ part: UInt64) -> UInt64 {
    mix(hash ^ part)
  }
}
