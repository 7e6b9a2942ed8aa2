// Small compressed streams, made by gzip's and zstd's own programs.

import Bytes

@testable import Compression

/// The bytes that hexadecimal digits say.
func bytes(_ digits: String) -> [UInt8] {
  let nibbles = digits.compactMap(\.hexDigitValue)
  return stride(from: 0, to: nibbles.count, by: 2).map { UInt8(nibbles[$0] << 4 | nibbles[$0 + 1]) }
}

let firstText = "id,name\n" + (1...7).map { "\($0),n\($0)\n" }.joined()
let secondText = (8...15).map { "\($0),n\($0)\n" }.joined()

let firstGzip = bytes(
  """
  1f8b080000000000020305c1a91100201003409f5a62eeaf87191008d2bf64f76e6abd03a30c4e39820a249528aad054
  63a8c107252cb0d22b000000
  """)
let secondGzip = bytes(
  """
  1f8b08000000000002030dc5b11100300803b1deb350e449b883a5d8bf8cd5a8635b133be2c472040e912ec575573cf7
  44b9d207832a820f34000000
  """)
let firstZstd = bytes(
  """
  28b52ffd242b2d0100b242080dd05d039ac807559694a06970149a6d2cbb483671eca1d8c2b0836003d33a1ba900083d
  6923
  """)
let secondZstd = bytes(
  """
  28b52ffd24343501004283080cd0e70000a8121152069c8801a4af34e7eb4cf92a33bec6fceb13bec2b4abb1ae1500de
  c6d8a9
  """)

/// A closure that gives out bytes so many at a time.
func pull(
  _ bytes: [UInt8], atMost step: Int
) -> (ScratchView<UInt8>) throws(CompressionError) -> Int {
  var position = 0
  return { target in
    let count = min(step, target.count, bytes.count - position)
    for index in 0..<count { target[index] = bytes[position + index] }
    position += count
    return count
  }
}

/// Everything that reading gives, asked for so many bytes at a time.
func readAll(
  atMost step: Int, _ read: (ScratchView<UInt8>) throws(CompressionError) -> Int
) throws(CompressionError) -> [UInt8] {
  let scratch = Scratch<UInt8>(count: step)
  var result: [UInt8] = []
  while true {
    let count = try read(scratch.view)
    for index in 0..<count { result.append(scratch.view[index]) }
    if count < step { return result }
  }
}
