// The one checksum of the file format: XXH3, 64 bits, seed 0.

import CXXHash

/// XXH3-64 of bytes, as the file format stores it.
package func checksum(_ bytes: LentBytes) -> UInt64 {
  unsafe XXH3_64bits(bytes.base, bytes.count)
}

package func checksum(_ bytes: [UInt8]) -> UInt64 { bytes.lend { checksum($0) } }
