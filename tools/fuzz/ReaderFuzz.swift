// The reader under a coverage-guided fuzzer: each input is a file that several readings agree on.

import Glibc

private let path = "/dev/shm/hearth-fuzz-\(getpid())"
private let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)

/// Called by libFuzzer for each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReader(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  // What the first two bytes say is no part of the file.
  let text = input.dropFirst(2)
  let written = unsafe text.withUnsafeBytes { bytes in
    unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, 0)
  }
  guard written == text.count, ftruncate(descriptor, text.count) == 0 else {
    fatalError("\(path) cannot be written, system error \(errno)")
  }
  do {
    try requireAgreement(input, path: path)
  } catch {
    fatalError("\(error)")
  }
  return 0
}
