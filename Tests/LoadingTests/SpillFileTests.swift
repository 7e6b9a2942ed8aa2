import Bytes
import Foundation
import Support
import Testing

@testable import Loading

@Suite struct SpillFileTests {
  @Test func keepsWhatThreadsAppend() throws {
    let folder = try TemporaryFolder()
    let file = try SpillFile(beside: folder.file("registry"))
    runOnThreads(4) { number in
      for count in 1...200 {
        let bytes = [UInt8](repeating: UInt8(number * 50 + count % 50), count: count)
        let offset = bytes.lend { try? file.append($0) }
        let read = Scratch<UInt8>(count: count)
        guard let offset, (try? file.read(offset, into: read.view)) != nil else {
          Issue.record("thread \(number), \(count) bytes")
          return
        }
        #expect(read.view.lent(count: count).copied == bytes)
      }
    }
  }

  /// A process that is killed leaves no file either: none has a name.
  @Test func hasNoNameInItsFolder() throws {
    let folder = try TemporaryFolder()
    let file = try SpillFile(beside: folder.file("registry"))
    _ = try Array("personal".utf8).lend { try file.append($0) }

    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  @Test func refusesAFolderThatIsNotThere() throws {
    let path = try TemporaryFolder().file("registry")

    #expect(throws: LoadError.spillFailed(path: path, ENOENT)) { try SpillFile(beside: path) }
  }

  @Test func refusesToReadWhatWasNotAppended() throws {
    let folder = try TemporaryFolder()
    let file = try SpillFile(beside: folder.file("registry"))
    let read = Scratch<UInt8>(count: 3)

    #expect(throws: LoadError.spillFailed(path: folder.file("registry"), EIO)) {
      try file.read(0, into: read.view)
    }
  }
}
