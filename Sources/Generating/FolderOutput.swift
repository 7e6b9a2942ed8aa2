// Writes made-up people to a folder: four files, and a note that nobody in them exists.

import Bytes
import Glibc

/// The files of one output folder, open for writing.
package final class FolderOutput: @unchecked Sendable {
  private let folder: String
  private var descriptors: [Int32] = []
  /// The list of damaged lines; -1 where none are.
  private var damageDescriptor: Int32 = -1
  /// The next line of persons, the header being 1.
  private var personLine = 2
  /// Bytes written so far, headers included.
  package private(set) var byteCount = 0

  /// Makes the folder if need be, and opens its files; files of these names are replaced.
  package init(folder: String, people: People) throws(GeneratingError) {
    self.folder = folder
    if unsafe mkdir(folder, 0o755) != 0 && errno != EEXIST {
      throw GeneratingError(.cannotWrite, path: folder, systemError: errno)
    }
    for file in PeopleFile.allCases {
      descriptors.append(try openForWriting(folder + "/" + file.name))
      try write(Array((file.header + "\n").utf8), to: file)
    }
    if people.damage != nil {
      damageDescriptor = try openForWriting(damagePath)
      try writeDamage("line,kind,field,code\n")
    }
    let note = try openForWriting(folder + "/MADE-UP.txt")
    defer { close(note) }
    let text = Array(FolderOutput.note(people).utf8)
    try text.lend { (bytes) throws(GeneratingError) in
      try writeAll(bytes, descriptor: note, path: folder + "/MADE-UP.txt")
    }
  }

  deinit {
    for descriptor in descriptors { close(descriptor) }
    if damageDescriptor >= 0 { close(damageDescriptor) }
  }

  private var damagePath: String { folder + "/damage.csv" }

  /// Appends one piece to each file.
  package func write(_ piece: borrowing PieceText) throws(GeneratingError) {
    for file in PeopleFile.allCases {
      try piece.lend(file) { (bytes) throws(GeneratingError) in try write(bytes, to: file) }
    }
    guard damageDescriptor >= 0 else { return }
    var text = ""
    for (line, kind) in piece.damaged {
      let (name, field, code) = kind.expectation
      text += "\(personLine + line),\(name),\(field),\(code)\n"
    }
    try writeDamage(text)
    personLine += piece.lend(.persons) { bytes in
      (0..<bytes.count).count { bytes[$0] == UInt8(ascii: "\n") }
    }
  }

  private func writeDamage(_ text: String) throws(GeneratingError) {
    try Array(text.utf8).lend { (bytes) throws(GeneratingError) in
      try writeAll(bytes, descriptor: damageDescriptor, path: damagePath)
    }
  }

  /// Closes the files; an error that the system kept until now is thrown.
  package func finish() throws(GeneratingError) {
    let open = descriptors
    descriptors = []
    let damage = damageDescriptor
    damageDescriptor = -1
    var failure: GeneratingError?
    for file in PeopleFile.allCases where close(open[file.rawValue]) != 0 {
      failure = GeneratingError(
        .cannotWrite, path: folder + "/" + file.name, systemError: errno)
    }
    if damage >= 0, close(damage) != 0 {
      failure = GeneratingError(.cannotWrite, path: damagePath, systemError: errno)
    }
    if let failure { throw failure }
  }

  private func write(_ bytes: [UInt8], to file: PeopleFile) throws(GeneratingError) {
    try bytes.lend { (bytes) throws(GeneratingError) in try write(bytes, to: file) }
  }

  private func write(_ bytes: LentBytes, to file: PeopleFile) throws(GeneratingError) {
    try writeAll(
      bytes, descriptor: descriptors[file.rawValue], path: folder + "/" + file.name)
    byteCount += bytes.count
  }

  private static func note(_ people: People) -> String {
    """
    Every person, household and number in this folder is made up.

    Made by: hearth generate --persons \(people.personCount) --seed \(people.seed)

    No record of a real person was used. Ages, household sizes, names and places follow published
    totals; see Schemas/people/README.md for their sources and for what is assumed.

    Personal numbers have six-digit tails from 500000 to 999999 only; this range is kept for
    made-up people here, cancelled numbers included. The other numbers (insurance, nine-digit,
    phone, passport) are random and may by chance equal a number in use. Do not dial, look up or
    publish them.

    """
  }
}

private func openForWriting(_ path: String) throws(GeneratingError) -> Int32 {
  let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else {
    throw GeneratingError(.cannotWrite, path: path, systemError: errno)
  }
  return descriptor
}

private func writeAll(
  _ bytes: LentBytes, descriptor: Int32, path: String
) throws(GeneratingError) {
  var offset = 0
  while offset < bytes.count {
    let count = unsafe write(descriptor, bytes.base + offset, bytes.count - offset)
    if count < 0 {
      if errno == EINTR { continue }
      throw GeneratingError(.cannotWrite, path: path, systemError: errno)
    }
    offset += count
  }
}
