// Findings have names for life, and one of them is in a set when it was put there.

import Testing

@testable import Rules

@Suite struct FindingTests {
  @Test func hasANameAndARemedyOfItsOwn() {
    #expect(Set(Finding.allCases.map(\.code)).count == Finding.allCases.count)
    #expect(Finding.allCases.map(\.rawValue) == Array(0...28))
    for finding in Finding.allCases { #expect(finding.remedy.hasSuffix(".")) }
  }

  @Test func listsTheFindingsOfASet() {
    let findings: Findings = [.inTheFuture, .allZeros, .sexDisagrees]
    #expect(findings.all == [.allZeros, .sexDisagrees, .inTheFuture])
    #expect(findings.codes == ["all_zeros", "sex_disagrees", "in_the_future"])
    #expect(Findings().all == [])
  }
}
