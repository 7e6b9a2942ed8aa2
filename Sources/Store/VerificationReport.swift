// What a verification examined, and which promises of the file it found broken.

public import Bytes
import Pages

/// What a verification of a registry examined and found.
public struct VerificationReport: Equatable, Sendable {
  /// What the file promises.
  public enum Promise: String, CaseIterable, Equatable, Sendable {
    /// Pages are where their trees say, each once, with keys in order.
    case pagesWhole
    /// Bytes are as the format says: lengths, offsets, widths and checksums.
    case readable
    /// Each column of a segment is stored once.
    case columnsStored
    /// The counts of rows agree with the segments and with the emptied places.
    case rowsCounted
    /// Codes are below the length of their dictionary or list.
    case codesKnown
    /// The codes of a list are those that the schema gives it.
    case listsKept
    /// Values are of their field's type.
    case valuesTyped
    /// Zones say the least and greatest value and the absent count that the columns have.
    case zonesTrue
    /// The parent that a row names is there.
    case parentsThere
    /// Parents by position rise, and the catalog names the first of each segment.
    case parentsRise
    /// The runs of an index are of its kind and cover each segment once at most.
    case runsFit
    /// Runs have as many entries as the catalog says.
    case entriesCounted
    /// The entries of a run are the keys of its segments, all of them and no others.
    case entriesComplete

    /// What it means that the promise is broken, for people.
    public var explanation: String {
      switch self {
      case .pagesWhole: "the pages of the file contradict themselves"
      case .readable: "the bytes are not as the format says"
      case .columnsStored: "a column is missing or stored twice"
      case .rowsCounted: "the counts of rows do not agree"
      case .codesKnown: "a code is beyond the end of its dictionary or list"
      case .listsKept: "the stored code list is not the schema's"
      case .valuesTyped: "a value is none of its field's type"
      case .zonesTrue: "the zone is not that of the values"
      case .parentsThere: "a row names a parent that is not there"
      case .parentsRise: "parents by position do not rise as the catalog says"
      case .runsFit: "the run is not of its index or covers segments that another covers"
      case .entriesCounted: "the count of entries is not the catalog's"
      case .entriesComplete: "the entries are not the keys of the rows"
      }
    }
  }

  /// One broken promise.
  public struct Finding: Hashable, Sendable {
    /// What is not so.
    public var promise: Promise
    /// The structure that breaks it.
    public var structure: Corruption.Structure
    /// Where the structure lies, such as `person segment 12 column birth_date`.
    public var place: String
    /// Bytes from the start of the structure, where a single place is known; else 0.
    public var offset: Int
  }

  /// One table, as far as it was examined.
  public struct OfTable: Equatable, Sendable {
    /// The table's name.
    public var name: String
    /// Rows that are there.
    public var rows = 0
    /// Segments.
    public var segments = 0
    /// Columns that were opened.
    public var columns = 0
    /// Entries of index runs.
    public var entries = 0
  }

  /// Pages of the file that were gone through, free ones among them.
  public var pages = 0
  /// By table.
  public var tables: [OfTable] = []
  /// Words and codes of all dictionaries.
  public var words = 0
  /// Bytes of segments, partitions, zones and words that were read.
  public var bytes = 0
  /// What is broken, in the order pages, catalog, words, segments, indexes.
  public var findings: [Finding] = []
  /// What could not be examined because of a finding.
  public var skipped: [String] = []
  /// Stored values that the catalog does not name: harmless, and swept by the next load.
  public var leftovers = 0

  /// Whether every promise is kept.
  public var isSound: Bool { findings.isEmpty }
}

extension VerificationReport {
  /// What a walk over the pages found, if it found something; nothing else was examined then.
  init(_ walk: PageWalkReport) {
    pages = walk.pageCount
    findings = walk.findings.map { finding in
      Finding(
        promise: .pagesWhole, structure: .page,
        place: "page \(finding.page) of \(finding.owner), \(finding.code.rawValue)", offset: 0)
    }
    if !findings.isEmpty { skipped = ["what the pages hold, since LMDB trusts them"] }
  }
}

/// How far a verification is.
public struct VerificationProgress: Equatable, Sendable {
  /// Parts examined: segments and partitions of indexes.
  public var done: Int
  /// Parts in all.
  public var total: Int
}
