// The text of one piece in each of the four files.

package import Bytes

/// The files that generating writes, each with its header line.
package enum PeopleFile: Int, CaseIterable, Sendable {
  case households, persons, identifiers, coverages

  /// The file's name in the output folder.
  package var name: String { "\(self).csv" }

  /// The names of the columns, in order.
  package var header: String {
    switch self {
    case .households:
      "household_id,head_person_id,commune,address,member_count,poverty,dwelling,phone,"
        + "registered_on"
    case .persons:
      "person_id,household_id,full_name,sex,birth_date,ethnicity,relation,marital,education,"
        + "occupation,commune,birth_province,address,phone,old_id,insurance_no,card_no,group,"
        + "facility,valid_from,valid_to,status"
    case .identifiers: "person_id,kind,value,from,to,status"
    case .coverages:
      "person_id,insurance_no,card_no,group,facility,valid_from,valid_to,status"
    }
  }
}

/// The lines of one piece.
package struct PieceText: ~Copyable {
  var households = TextSink(capacity: 1 << 19)
  var persons = TextSink(capacity: 4 << 20)
  var identifiers = TextSink(capacity: 1 << 17)
  var coverages = TextSink(capacity: 1 << 12)
  /// Lines of persons that are damaged, the first of the piece being 0.
  private(set) var damaged: [(line: Int, kind: DamageKind)] = []
  private var spare = TextSink(capacity: 64)

  /// Damages some lines of persons.
  mutating func damage(_ damage: Damage, piece number: Int) {
    damaged = damage.copy(persons, ofPiece: number, to: &spare)
    swap(&persons, &spare)
  }

  mutating func removeAll() {
    households.removeAll()
    persons.removeAll()
    identifiers.removeAll()
    coverages.removeAll()
  }

  /// The bytes of one file, lent until the next change.
  package borrowing func lend<Result, Failure: Error>(
    _ file: PeopleFile, _ body: (LentBytes) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch file {
    case .households: try households.lend(body)
    case .persons: try persons.lend(body)
    case .identifiers: try identifiers.lend(body)
    case .coverages: try coverages.lend(body)
    }
  }
}
