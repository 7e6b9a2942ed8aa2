// What a load did: rows stored and refused, and where its time went.

/// What a load stored and refused, and what it took.
public struct LoadReport: Codable, Equatable, Sendable {
  /// What became of one file.
  public struct File: Codable, Equatable, Sendable {
    /// The table it was for.
    public var table: String
    /// Where it lies.
    public var path: String
    /// How it was read.
    public var format: RecognisedFormat
    /// Its bytes on disk; nil for a pipe.
    public var bytes: Int?
    /// Records after the header.
    public var records: Int
    /// Rows stored.
    public var stored: Int
    /// Rows refused because an earlier row has the same unique key.
    public var duplicates: Int
    /// Rows left out because the registry holds a row with their key, which was kept.
    public var kept: Int
    /// Rows whose values a row took that was there before and has their key.
    public var replaced: Int
    /// Rows that are not at their parents' place: of a parent loaded earlier, or out of order.
    public var late: Int
    /// Lines that repeat a row that is stored, of a file whose lines may.
    public var repeats: Int
    /// Whether its records were sorted by parent, since they came in no order.
    public var isSorted: Bool
    /// Columns that feed no field.
    public var unusedColumns: [String]

    private enum CodingKeys: String, CodingKey {
      case table, path, format, bytes, records, stored, duplicates, kept, replaced, late, repeats
      case isSorted = "sorted"
      case unusedColumns = "unused_columns"
    }
  }

  /// Where the first lines of one kind of refusal or finding stand, ten at most.
  public struct FirstLines: Codable, Equatable, Sendable {
    /// A line of a file.
    public struct Line: Codable, Equatable, Sendable {
      /// Where the file lies.
      public var path: String
      /// The physical line, the first being 1.
      public var line: Int
    }

    /// The table of the rows.
    public var table: String
    /// The field concerned; empty when it is the whole row.
    public var field: String
    /// The stable name of what was found.
    public var code: String
    /// `refuse`, `warn` or `note`.
    public var level: String
    /// The lines, as they are listed.
    public var lines: [Line]
  }

  /// Things of one kind that are odd about rows which are stored all the same.
  public struct Found: Codable, Equatable, Sendable {
    /// The table of the rows.
    public var table: String
    /// The field concerned.
    public var field: String
    /// The stable name of what is odd.
    public var code: String
    /// `warn`, with the lines in a file of warnings, or `note`.
    public var level: String
    /// How many.
    public var count: Int
  }

  /// Households of one area about which the same is odd, or persons who belong to one.
  public struct Household: Codable, Equatable, Sendable {
    /// The stable name of what is odd.
    public var code: String
    /// The code of the area that the plan names; empty for a person without a household.
    public var area: String
    /// `warn` or `note`.
    public var level: String
    /// How many.
    public var count: Int
  }

  /// Repairs of one kind; also those in rows that are refused for another field.
  public struct Repaired: Codable, Equatable, Sendable {
    /// The table of the rows.
    public var table: String
    /// The field that was repaired.
    public var field: String
    /// The name of the repair.
    public var repair: String
    /// How many.
    public var count: Int
  }

  /// Refusals of one kind.
  public struct Refused: Codable, Equatable, Sendable {
    /// The table the rows were for.
    public var table: String
    /// The field concerned; empty when it is the whole row.
    public var field: String
    /// The stable name of the reason.
    public var code: String
    /// How many.
    public var count: Int
  }

  /// Seconds of work by stage; parse, admit, encode are summed over workers, the others are
  /// elapsed.
  public struct Seconds: Codable, Equatable, Sendable {
    /// Splitting and parsing records.
    public var parse = 0.0
    /// Numbering rows and words in order.
    public var admit = 0.0
    /// Encoding segments.
    public var encode = 0.0
    /// Building indexes.
    public var index = 0.0
    /// Writing and syncing.
    public var commit = 0.0
    /// From begin to end.
    public var total = 0.0
  }

  /// Whether the load was only tried: nothing was stored, and counts are those of a load.
  public var isDryRun = false
  /// By file, parents first.
  public var files: [File] = []
  /// Rows stored in all tables.
  public var stored = 0
  /// Rows refused in all tables.
  public var refused = 0
  /// Refusals by table, field and code.
  public var refusals: [Refused] = []
  /// What is odd about rows that are stored, by level, table, field and code.
  public var findings: [Found] = []
  /// Where the first of each of them stand; the lists of refusals and of warnings have all.
  public var firstLines: [FirstLines] = []
  /// What is odd about households, by area; their lines are among the warnings.
  public var households: [Household] = []
  /// Repairs that were made, by table, field and name.
  public var repairs: [Repaired] = []
  /// Where the time went.
  public var seconds = Seconds()
  /// Workers.
  public var jobs = 0
  /// The most memory of its own that the process held, in bytes.
  public var peakAnonymousBytes = 0
  /// The most memory that the process held, pages of files included, in bytes.
  public var peakTotalBytes = 0
  /// Bytes of the registry's file afterwards.
  public var fileBytes = 0

  private enum CodingKeys: String, CodingKey {
    case isDryRun = "dry_run"
    case files, stored, refused, refusals, findings, households, repairs, seconds, jobs
    case firstLines = "first_lines"
    case peakAnonymousBytes = "peak_anonymous_bytes"
    case peakTotalBytes = "peak_total_bytes"
    case fileBytes = "file_bytes"
  }
}

/// How far a load is.
public struct LoadProgress: Equatable, Sendable {
  /// What is being done.
  public enum Stage: String, Equatable, Sendable {
    /// Records are put in the order of their parents, before rows are stored.
    case sorting
    /// Rows are read and stored.
    case rows
    /// Indexes are built.
    case indexes
    /// Fields that follow from children are finished, and the load is published.
    case publishing
  }

  /// The table at work.
  public var table: String
  /// What is being done.
  public var stage: Stage
  /// Rows of the table stored so far.
  public var rowCount: Int
  /// Bytes of its file read so far.
  public var consumedBytes: Int
  /// Bytes of its file; nil for a pipe.
  public var totalBytes: Int?
  /// Seconds since the table was begun.
  public var seconds: Double
}

/// Tells a caller how far a load is, at most a few times a second.
final class LoadProgressMeter {
  private static let secondsMin = 0.25
  private let tell: ((LoadProgress) -> Void)?
  private var source: DelimitedSource?
  private var table = ""
  private var rowCount = 0
  private var started = 0.0
  private var told = 0.0

  init(_ tell: ((LoadProgress) -> Void)?) { self.tell = tell }

  func begin(_ source: DelimitedSource, table: String) {
    self.source = source
    self.table = table
    rowCount = 0
    started = now()
    told = 0
  }

  func advance(rows: Int) {
    rowCount += rows
    let time = now()
    guard time - told >= Self.secondsMin else { return }
    told = time
    report(.rows)
  }

  func sorting() { report(.sorting) }

  func indexing() { report(.indexes) }

  func publishing() { report(.publishing) }

  private func report(_ stage: LoadProgress.Stage) {
    tell?(
      LoadProgress(
        table: table, stage: stage, rowCount: rowCount,
        consumedBytes: source?.consumedByteCount ?? 0, totalBytes: source?.byteCount,
        seconds: now() - started))
  }
}
