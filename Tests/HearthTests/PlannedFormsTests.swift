// Every form of days and numbers that forms, hospitals and spreadsheets are known to write, through
// a plan and out again; and what a plan does about phones and names.

import Hearth
import Testing

@Suite struct PlannedFormsTests {
  private func load(
    _ text: String, _ fields: String, rules: String = ""
  ) throws -> (trial: Trial, report: LoadReport) {
    let trial = try Trial(shippedSchemas: ())
    let report = try trial.load(
      text,
      plan: """
        {"tables": [{"table": "person", "fields": [
          {"field": "personal_number", "column": "so", "repairs": []}, \(fields)
        ]\(rules.isEmpty ? "" : ", \"rules\": [\(rules)]")}]}
        """)
    return (trial, report)
  }

  /// The codes of what is refused, in the order of the file.
  private func refusals(_ trial: Trial) throws -> [String] {
    try trial.rejects().compactMap { $0.split(separator: ",").last.map(String.init) }
  }

  @Test(arguments: [
    ("dd/MM/yyyy", "16/07/1968", "1968-07-16"), ("dd/MM/yyyy", "00/07/1968", "1968-07"),
    ("ddMMyyyy", "16071968", "1968-07-16"), ("yyyy", "1968", "1968"),
    ("yyyyMMdd", "19680716", "1968-07-16"), ("yyyyMMdd", "19680700", "1968-07"),
    ("yyyyMMddHHmm", "196807160930", "1968-07-16"), ("yyyyMMddHHmm", "196800000000", "1968"),
    ("MM/yyyy", "07/1968", "1968-07"), ("d/M/yyyy", "6/7/1968", "1968-07-06"),
    ("excel", "25035", "1968-07-16"), ("excel", "59", "1900-02-28"), ("excel", "61", "1900-03-01"),
  ])
  func storesADayAsFarAsItIsKnown(_ form: String, _ text: String, _ stored: String) throws {
    let (trial, report) = try load(
      "so,ngay\n001068500001,\(text)\n",
      #"{"field": "birth_date", "column": "ngay", "days": ["\#(form)"]}"#)
    #expect(report.refused == 0)
    #expect(try trial.text("person", "001068500001", "birth_date") == stored)
  }

  @Test(arguments: [
    ("dd/MM/yyyy", "07/16/1968", "impossible_day"), ("dd/MM/yyyy", "29/02/1969", "impossible_day"),
    ("dd/MM/yyyy", "16/07/68", "two_digit_year"), ("dd/MM/yyyy", "25035", "spreadsheet_day"),
    ("excel", "60", "impossible_day"), ("yyyyMMddHHmm", "196807162509", "impossible_day"),
    ("dd/MM/yyyy", "16.07.1968", "not_a_day"), ("yyyyMMdd", "0000", "not_a_day"),
  ])
  func refusesADayInAnotherForm(_ form: String, _ text: String, _ code: String) throws {
    let (trial, report) = try load(
      "so,ngay\n001068500001,\(text)\n",
      #"{"field": "birth_date", "column": "ngay", "days": ["\#(form)"]}"#)
    #expect(report.stored == 0)
    #expect(try refusals(trial) == [code])
  }

  /// What a spreadsheet does to numbers is refused by its name, and mended only where a repair is
  /// named and all digits are there.
  @Test func refusesOrMendsTheNumbersOfSpreadsheets() throws {
    let text = """
      so,cu,the
      1.06805E+11,,
      001068500002,01234567.0,
      001068500003,1234567,
      001068500004,1.2E+08,
      001068500005,12345678,1234567890
      1068500006,,
      001068500007,,1,05E+09

      """
    let columns =
      #"{"field": "old_number", "column": "cu"}, {"field": "card_number", "column": "the"}"#
    let (trial, _) = try load(text, columns)
    #expect(
      try refusals(trial) == [
        "exponent_notation", "trailing_point_zero", "leading_zeros_lost", "exponent_notation",
        "leading_zeros_lost", "leading_zeros_lost", "wrong_field_count",
      ])
    let (mended, report) = try load(
      text,
      #"{"field": "old_number", "column": "cu", "repairs": ["leading_zeros", "#
        + #""trailing_point_zero"]}, {"field": "card_number", "column": "the"}"#)
    #expect(
      try refusals(mended) == [
        "exponent_notation", "exponent_notation", "leading_zeros_lost", "wrong_field_count",
      ])
    #expect(
      report.repairs.map { "\($0.repair) \($0.count)" } == [
        "leading_zeros 3", "trailing_point_zero 1",
      ])
    #expect(try mended.text("person", "001068500002", "old_number") == "001234567")
    #expect(try mended.text("person", "001068500003", "old_number") == "001234567")
  }

  /// A number of before 2018 is refused, or given the prefix of today where the plan says so.
  @Test func replacesThePrefixesOfPhonesWhereThePlanSaysSo() throws {
    let text = "so,dt\n001068500001,0123 456 7890\n001068500002,01304567890\n"
    let (trial, _) = try load(text, #"{"field": "phone", "column": "dt"}"#)
    #expect(try refusals(trial) == ["not_digits", "wrong_length"])
    let (mended, report) = try load(
      text, #"{"field": "phone", "column": "dt", "repairs": ["outdated_phone", "separators"]}"#)
    #expect(try refusals(mended) == ["wrong_length"])
    #expect(try mended.text("person", "001068500001", "phone") == "0834567890")
    #expect(
      report.repairs.map { "\($0.field) \($0.repair) \($0.count)" } == [
        "phone separators 1", "phone outdated_phone 1",
      ])
  }

  private static let named = """
    so,ten,gioi
    001068500001,Nguyễn Văn An,F
    001168500002,Lê Thị Thu Hà,M
    001068500003,Trần Văn Bình,M
    001168500004,TRẦN THỊ CÚC,F
    001068500005,Văn Đức Thị,M
    001068500006,Nguyễn Văn Thị Mai,M
    001068500007,Nguyễn Văn Dũng,
    ,Nguyễn Văn Én,F
    001068500009,PHẠM VĂN  Giang,F

    """

  @Test func notesNamesOfTheOtherSexAndStoresThem() throws {
    let fields = #"{"field": "full_name", "column": "ten"}, {"field": "sex", "column": "gioi"}"#
    let rule = #"{"rule": "name_and_sex", "field": "full_name", "sex": "sex""#
    let (_, noted) = try load(
      Self.named, fields, rules: rule + #", "personal_number": "personal_number"}"#)
    #expect(noted.stored == 9)
    #expect(
      noted.findings.map { "\($0.level) \($0.field) \($0.code) \($0.count)" } == [
        "note full_name name_against_sex 3"
      ])
    let (trial, _) = try load(Self.named, fields, rules: rule + #", "level": "warn"}"#)
    #expect(
      try trial.warnings().map { $0.split(separator: ",")[1] } == ["2", "3", "9", "10"])
  }
}
