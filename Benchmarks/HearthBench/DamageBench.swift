// Damages the pages of a registry one at a time and judges whether verifying finds it.
//
// What verifying does not find must have changed no key and no value: then it lay in bytes that
// nothing reads. Each damage is mended before the next.

import Bytes
import Glibc
import Pages
import Store

/// What `hearth-bench damage` was asked for.
struct DamageOptions {
  var file = ""
  var count = 1_000
  var seed: UInt64 = 1

  init(_ arguments: ArraySlice<String>) throws {
    var rest = arguments
    while let argument = rest.popFirst() {
      switch argument {
      case "--count": count = try Self.number(rest.popFirst())
      case "--seed": seed = UInt64(try Self.number(rest.popFirst()))
      default: file = argument
      }
    }
    guard !file.isEmpty, count > 0 else { throw BenchError.usage }
  }

  private static func number(_ text: String?) throws -> Int {
    guard let number = text.flatMap({ Int($0) }), number >= 0 else { throw BenchError.usage }
    return number
  }
}

/// Damages a file that is this process's own.
final class DamageBench {
  private enum Kind: String, CaseIterable {
    case flip
    case zeros
    case noise
    case misplaced
  }

  private struct Counts {
    var found = 0
    var byPages = 0
    var harmless = 0
    var missed = 0
  }

  private static let pageByteCount = 4_096
  private static let sectorByteCount = 512

  private let options: DamageOptions
  private let sound: [UInt8]
  private let descriptor: Int32
  private var random: Mixer
  private var counts: [Kind: Counts] = [:]
  private var missed: [String] = []

  init(_ options: DamageOptions) throws {
    self.options = options
    descriptor = unsafe open(options.file, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw BenchError.unreadable(options.file) }
    var status = stat()
    unsafe fstat(descriptor, &status)
    let room = Scratch<UInt8>(count: status.st_size)
    guard unsafe pread(descriptor, room.view.base, status.st_size, 0) == status.st_size else {
      throw BenchError.unreadable(options.file)
    }
    sound = room.view.lent(count: status.st_size).copied
    random = Mixer(state: options.seed)
  }

  deinit { close(descriptor) }

  /// Damages the file until so many damages counted, and returns what was found as JSON.
  func run() throws -> String {
    guard try Registry.verify(at: options.file, jobs: 1).isSound else {
      throw BenchError.unreadable(options.file)
    }
    let content = try self.content()
    while counts.values.reduce(0, { $0 + $1.found + $1.missed }) < options.count {
      // Of ten, seven are flips.
      let kind = random.next(10) < 7 ? Kind.flip : Kind.allCases[1 + random.next(3)]
      let (offset, bytes) = damage(kind)
      guard bytes != Array(sound[offset..<offset + bytes.count]) else { continue }
      write(bytes, at: offset)
      try judge(kind, offset, content)
      write(Array(sound[offset..<offset + bytes.count]), at: offset)
    }
    guard try Registry.verify(at: options.file, jobs: 1).isSound else {
      throw BenchError.unreadable(options.file)
    }
    let kinds = Kind.allCases.map { kind in
      let each = counts[kind] ?? Counts()
      return "\"\(kind.rawValue)\": {\"found\": \(each.found), \"by_pages\": \(each.byPages), "
        + "\"harmless\": \(each.harmless), \"missed\": \(each.missed)}"
    }
    let examples = missed.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
    return "{" + kinds.joined(separator: ",\n ") + ",\n \"examples\": [\(examples)]}"
  }

  private func judge(_ kind: Kind, _ offset: Int, _ content: UInt64) throws {
    do throws(StoreError) {
      let report = try Registry.verify(at: options.file, jobs: 1)
      if !report.isSound {
        counts[kind, default: Counts()].found += 1
        let isByPages = report.findings.contains { $0.promise == .pagesWhole }
        counts[kind, default: Counts()].byPages += isByPages ? 1 : 0
      } else if try self.content() == content {
        counts[kind, default: Counts()].harmless += 1
      } else {
        counts[kind, default: Counts()].missed += 1
        missed.append("\(kind.rawValue) at \(offset)")
      }
    } catch {
      counts[kind, default: Counts()].found += 1
    }
  }

  /// New bytes for a place of the file.
  private func damage(_ kind: Kind) -> (offset: Int, bytes: [UInt8]) {
    let page = random.next(sound.count / Self.pageByteCount) * Self.pageByteCount
    switch kind {
    case .flip:
      let offset = page + random.next(Self.pageByteCount)
      return (offset, [sound[offset] ^ 1 << UInt8(random.next(8))])
    case .zeros:
      // The beginning of a page was written, the rest was not.
      let kept = random.next(Self.pageByteCount / Self.sectorByteCount) * Self.sectorByteCount
      return (page + kept, [UInt8](repeating: 0, count: Self.pageByteCount - kept))
    case .noise:
      let sector = random.next(Self.pageByteCount / Self.sectorByteCount) * Self.sectorByteCount
      let noise = (0..<Self.sectorByteCount).map { _ in UInt8(random.next(256)) }
      return (page + sector, noise)
    case .misplaced:
      let other = random.next(sound.count / Self.pageByteCount) * Self.pageByteCount
      return (page, Array(sound[other..<other + Self.pageByteCount]))
    }
  }

  private func write(_ bytes: [UInt8], at offset: Int) {
    let count = bytes.lend { unsafe pwrite(descriptor, $0.base, $0.count, offset) }
    precondition(count == bytes.count)
  }

  /// A hash of every key and value.
  private func content() throws(StoreError) -> UInt64 {
    let sum = StreamingChecksum()
    do throws(PageError) {
      let environment = try Environment(
        path: options.file, access: .readOnly, keyspaces: Keyspaces.names)
      let transaction = try environment.beginReading()
      for keyspace in environment.keyspaces {
        try transaction.forEach(in: keyspace) { key, value in
          // Of a key that only a run still has, the run says which it is, as far as it is kept.
          let isOfRun = keyspace.name == "freshKey" && value.count == 1 && value[0] == 1
          sum.update(isOfRun ? key.part(0, 4) : key)
          sum.update(value)
          return true
        }
      }
    } catch { throw StoreError.page(error) }
    return sum.value
  }
}

/// Random numbers that come again from the same seed.
private struct Mixer {
  var state: UInt64

  /// A number below a bound.
  mutating func next(_ bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Int(mix(state) % UInt64(bound))
  }
}
