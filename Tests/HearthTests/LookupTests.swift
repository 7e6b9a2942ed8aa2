// Rows are found by their numbers: one, many in one call, by several threads and over loads.

import Foundation
import Hearth
import Testing

@Suite struct LookupTests {
  private static let homes = "home_number,street\n" + lines(1...300) { "\(four($0)),\($0) Phố A" }
  private static let members =
    "number,home_number,name,mail\n"
    + lines(1...900) { "\(six($0)),\(four(($0 + 2) / 3)),Bà Mẫu \($0),m\($0)@nowhere.vn" }

  private static func lines(_ numbers: ClosedRange<Int>, _ line: (Int) -> String) -> String {
    numbers.map { line($0) + "\n" }.joined()
  }

  private static func four(_ number: Int) -> String { String("\(10_000 + number)".dropFirst()) }
  private static func six(_ number: Int) -> String { String("\(1_000_000 + number)".dropFirst()) }

  private func trial() throws -> Trial {
    let trial = try FamilySchema.trial()
    try trial.load(("home", Self.homes), ("member", Self.members))
    return trial
  }

  @Test func findManyNumbersInOneCall() throws {
    let trial = try trial()
    try trial.database.read { snapshot in
      let numbers = (0..<1_000).map { Self.six(($0 * 389) % 1_000) }
      let together = try snapshot.rows(of: "member", equalToEach: numbers)
      #expect(together.count == numbers.count)
      for (number, found) in zip(numbers, together) {
        let alone = try snapshot.rows(of: "member", equal: number)
        #expect(found.map(\.values) == alone.map(\.values))
        let isThere = (1...900).contains(Int(number) ?? 0)
        #expect(found.map { $0["number"].description } == (isThere ? [number] : []))
      }
      let mails = try snapshot.rows(
        of: "member", where: "mail", equalToEach: ["m7@nowhere.vn", "nobody", "m1@nowhere.vn"])
      #expect(mails.map { $0.map { $0["number"].description } } == [["000007"], [], ["000001"]])
      #expect(try snapshot.rows(of: "member", equalToEach: []).isEmpty)
    }
  }

  @Test func refuseATextThatIsNoNumberAmongMany() throws {
    let trial = try trial()
    #expect(throws: QueryFailure.self) {
      try trial.database.read {
        _ = try $0.rows(of: "member", equalToEach: ["000001", "six"])
      }
    }
  }

  @Test func findWhatALaterLoadBrought() throws {
    let trial = try trial()
    let before = try trial.database.read { try $0.rows(of: "member", equal: "000901") }
    #expect(before.isEmpty)
    try trial.load(("member", "number,home_number,name\n000901,0001,Bà Mẫu\n"))
    try trial.database.read { snapshot in
      #expect(try snapshot.rows(of: "member", equal: "000901").count == 1)
      #expect(try snapshot.rows(of: "member", equal: "000001").count == 1)
      let home = try snapshot.rows(of: "home", equal: "0001")[0]
      let numbers = try snapshot.children(of: home, in: "member").map { "\($0["number"])" }
      #expect(numbers.sorted() == ["000001", "000002", "000003", "000901"])
    }
  }

  @Test func answerSeveralThreadsAtOnce() throws {
    let trial = try trial()
    let database = trial.database
    let wrong = Failures()
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      for round in 0..<500 {
        let number = Self.six((round * 7 + thread * 211) % 900 + 1)
        let found = try? database.read { try $0.rows(of: "member", equal: number) }
        if found?.map({ "\($0["number"])" }) != [number] { wrong.add() }
      }
    }
    #expect(wrong.count == 0)
  }
}

/// Counts what several threads found wrong.
private final class Failures: @unchecked Sendable {
  private let lock = NSLock()
  private(set) var count = 0

  func add() { lock.withLock { count += 1 } }
}
