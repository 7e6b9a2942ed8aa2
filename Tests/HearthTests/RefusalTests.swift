// A refused row is told by line, offset, field and code, and changes nothing in its neighbours.

import Hearth
import Support
import Testing

@Suite struct RefusalTests {
  /// What a field is given, and the code under which it is refused.
  static let problems: [(field: String, text: String, code: String)] = [
    ("number", "", "required_is_absent"), ("number", "12a4", "not_digits"),
    ("number", "123", "leading_zeros_lost"), ("number", "00012", "wrong_length"),
    ("number", "1", "wrong_length"), ("number", "123.0", "trailing_point_zero"),
    ("number", "1.09E+11", "exponent_notation"), ("size", "12x", "not_a_number"),
    ("size", "1.5", "not_a_number"), ("size", "\"5,000\"", "not_a_number"),
    ("size", "9223372036854775808", "out_of_range"), ("price", "1.005", "too_many_decimals"),
    ("price", "12345678901234567.00", "out_of_range"), ("price", "1e3", "exponent_notation"),
    ("born", "26115", "spreadsheet_day"), ("born", "31/12/2001", "not_a_day"),
    ("born", "68-07-16", "two_digit_year"), ("born", "2001-02-29", "impossible_day"),
    ("born", "1900-02-29", "impossible_day"), ("born", "2001-13", "impossible_day"),
    ("level", "D", "unknown_code"), ("level", "a", "unknown_code"),
    ("tag", "\"two\nlines\"", "bad_new_code"),
    ("tag", String(repeating: "x", count: 64), "bad_new_code"), ("good", "T", "not_a_flag"),
    ("good", "yes", "not_a_flag"), ("name", "te\u{0}st", "control_character"),
    ("note", "a\u{1B}b", "control_character"), ("place", "a\u{7F}b", "control_character"),
    ("word", "a\u{85}b", "control_character"),
  ]

  @Test(arguments: problems)
  func refusesWhatIsNoValue(field: String, text: String, code: String) throws {
    let trial = try ThingSchema.trial()
    let columns = ["number", "name", "note", "size", "good"]
    let other = columns.contains(field) ? "word" : field
    let header = (columns + [other]).joined(separator: ",")
    func line(_ number: String, _ isBad: Bool) -> String {
      (columns + [other]).map { column in
        if isBad && column == field { return text }
        return column == "number" ? number : goodText(of: column)
      }.joined(separator: ",")
    }
    let before = [header, line("0001", false)].joined(separator: "\r\n") + "\r\n"
    let csv = before + line("0002", true) + "\r\n" + line("0003", false) + "\r\n"
    let report = try trial.load(("thing", csv))

    #expect(report.stored == 2)
    #expect(report.refused == 1)
    #expect(report.files[0].records == 3)
    #expect(kinds(of: report) == ["1 thing \(field) \(code)"])
    #expect(try trial.rejects() == ["thing,3,\(before.utf8.count),\(field),\(code)"])
    for key in ["0001", "0003"] {
      for column in columns.dropFirst() + [other] {
        #expect(try trial.text("thing", key, column) == goodText(of: column), "\(key) \(column)")
      }
    }
    #expect(try trial.row("thing", "0002") == nil)
  }

  private func kinds(of report: LoadReport) -> [String] {
    report.refusals.map { "\($0.count) \($0.table) \($0.field) \($0.code)" }
  }

  private func goodText(of column: String) -> String {
    switch column {
    case "size": "17"
    case "good": "1"
    case "price": "2.50"
    case "born": "2001-12-31"
    case "level": "C"
    case "tag": "y"
    default: "good text"
    }
  }

  @Test(arguments: [
    ("0002,a", "wrong_field_count"), ("0002,a,b,c", "wrong_field_count"),
    ("0002,a,b,", "wrong_field_count"), ("0002,\"a\"x,b", "malformed_quotes"),
    ("0002,\"a\" ,b", "malformed_quotes"), ("0002,\"a,b", "malformed_quotes"),
    ("\"0002,a,b", "malformed_quotes"),
  ])
  func refusesAMalformedLine(line: String, code: String) throws {
    let trial = try ThingSchema.trial()
    let before = "number,name,note\n0001,one,\"first\"\n"
    let report = try trial.load(
      ("thing", before + line + "\n\n0003,three,\"third\"\n0004,four,\"fourth\"\n"))

    #expect(report.stored == 3)
    #expect(try trial.rejects() == ["thing,3,\(before.utf8.count),,\(code)"])
    #expect(try trial.text("thing", "0001", "note") == "first")
    #expect(try trial.text("thing", "0003", "note") == "third")
    #expect(try trial.text("thing", "0004", "name") == "four")
  }

  /// 397 rows must not vanish inside one text.
  @Test func failsWhereAQuoteIsNeverClosed() throws {
    let trial = try ThingSchema.trial()
    let rows = (0..<50).map { "\(1_000 + $0),b\n" }.joined()
    let path = try trial.file("number,note\n0001,ok\n0002,\"open\n" + rows)

    #expect {
      try trial.load([("thing", path)])
    } throws: { error in
      guard case LoadError.unreadable(path, let cause) = error else { return false }
      return cause.code == .quoteNeverClosed && cause.line == 3 && cause.byteOffset == 25
    }
    #expect(try trial.rowCount("thing") == 0)
  }

  @Test func refusesBytesThatAreNotUTF8() throws {
    let trial = try ThingSchema.trial()
    var bytes = Array("number,name\n0001,Café\n0002,Caf".utf8)
    bytes += [0xE9] + Array("\n0003,Lan\n".utf8)
    let report = try trial.load([("thing", try trial.file(bytes))])

    #expect(report.stored == 2)
    #expect(try trial.rejects() == ["thing,3,23,name,not_utf8"])
    #expect(try trial.text("thing", "0001", "name") == "Café")
    #expect(try trial.text("thing", "0003", "name") == "Lan")
  }

  /// Lines are physical: newlines inside quotes and blank lines count.
  @Test func countsPhysicalLines() throws {
    let trial = try ThingSchema.trial()
    let csv = "number,note\n\n0001,\"a\nb\nc\"\n\r\n0002,\"d\ne\"\nxx,\"f\ng\"\n0003,h\nyy,i"
    try trial.load(("thing", csv))

    #expect(
      try trial.rejects() == [
        "thing,9,\(offset(of: "xx", in: csv)),number,not_digits",
        "thing,12,\(offset(of: "yy", in: csv)),number,not_digits",
      ])
    #expect(try trial.text("thing", "0002", "note") == "d\ne")
  }

  @Test func keepsValuesOutOfTheRejectsFile() throws {
    let trial = try ThingSchema.trial()
    try trial.load(
      (
        "thing",
        """
        number,name,level,note
        0001,Secret One,Quiet,x
        secret2,Secret Two,A,x
        0003,Secret "Three,"A" x,x
        0004,Secret Four,A,secret,five
        0005,Secret Five,A,x
        0005,Secret Six,A,x

        """
      ))

    let text = try trial.rejectsText()
    #expect(text.hasPrefix("table,file,line,byte_offset,field,code,remedy\n"))
    #expect(text.split(separator: "\n").count == 6)
    for value in ["ecret", "Quiet", "0005", "five"] { #expect(!text.contains(value), "\(value)") }
  }

  /// A load without refusals leaves no list of an earlier load's.
  @Test func emptiesTheRejectsOfAnEarlierLoad() throws {
    let trial = try ThingSchema.trial()
    try trial.load(("thing", "number\n1\n"))
    #expect(try trial.rejects().count == 1)
    try trial.load(("thing", "number\n0001\n"))
    #expect(try trial.rejects().isEmpty)
  }

  @Test func countsRefusalsByKind() throws {
    let trial = try ThingSchema.trial()
    let report = try trial.load(
      ("thing", "number,size\n0001,1\n0001,2\n0001,3\n7,1\n0002,x\n0003,y\n0004\n0005,5\n"))

    #expect(
      kinds(of: report) == [
        "1 thing  wrong_field_count", "2 thing number duplicate", "1 thing number wrong_length",
        "2 thing size not_a_number",
      ])
    #expect(report.refused == 6)
    #expect(report.stored == 2)
    #expect(report.files[0].records == 8)
    #expect(report.files[0].stored == 2)
    #expect(report.files[0].duplicates == 2)
    #expect(try trial.rowCount("thing") == 2)
  }

  /// The report names the first lines of each kind; the list has all.
  @Test func tellsTheFirstLinesOfEachKind() throws {
    let trial = try ThingSchema.trial()
    let lines = (0..<12).map { "000\($0 % 10),\($0 < 11 ? "x" : "")\n" }
    let path = try trial.file("number,size\n" + lines.joined() + "0011,1,2\n0000,x\n")
    let report = try trial.load([("thing", path)])
    let told = report.firstLines.map { kind in
      "\(kind.level) \(kind.code): "
        + kind.lines.map { "\($0.path == path) \($0.line)" }.joined(separator: ", ")
    }
    #expect(
      told.sorted() == [
        "refuse not_a_number: " + (2...11).map { "true \($0)" }.joined(separator: ", "),
        "refuse wrong_field_count: true 14",
      ])
    #expect(try trial.rejects().count == 13)
  }

  /// Every row bad is a load of no rows, and the report says so.
  @Test func storesNothingWhenEveryRowIsBad() throws {
    let trial = try ThingSchema.trial()
    let report = try trial.load(("thing", "number\na\nb\nc\n"))

    #expect(report.stored == 0)
    #expect(report.refused == 3)
    #expect(try trial.rowCount("thing") == 0)
    try trial.load(("thing", "number\n0001\n"))
    #expect(try trial.rowCount("thing") == 1)
  }
}
