// Temporary.
import Bytes
import Pages
import Rows
import Segments
import Store
extension HearthBench {
  static func dump(_ arguments: ArraySlice<String>) throws {
    let registry = try Registry(at: Array(arguments)[0], access: .readOnly)
    let snapshot = try registry.beginSnapshot()
    for (t, table) in registry.plan.tables.enumerated() where snapshot.segmentCount(table: t) > 0 {
      let s = snapshot.segmentCount(table: t) / 2
      let view = try snapshot.segment(s, table: t)
      print(
        "== \(table.table.name) segments \(snapshot.segmentCount(table: t)) seg \(s) rows \(view.rowCount)"
      )
      for c in view.storedColumns {
        guard let b = view.bytes(ofColumn: c) else { continue }
        let name = c == table.linkColumn ? "LINK" : table.table.fields[c].name
        func d(_ o: Int) -> String {
          guard o + 64 <= b.count else { return "-" }
          return
            "enc \(b[o]) w \(b[o+1]) fl \(b.load(o+2, as: UInt16.self)) n \(b.load(o+4, as: UInt32.self)) base \(b.load(o+8, as: Int64.self)) sl \(b.load(o+16, as: Int64.self)) so \(b.load(o+24, as: UInt32.self)) sc \(b.load(o+28, as: UInt32.self)) xo \(b.load(o+32, as: UInt32.self)) xc \(b.load(o+36, as: UInt32.self))"
        }
        var line = "\(c) \(name) bytes \(b.count): \(d(0))"
        if [3, 9, 10].contains(b[0]) || true {
          let so = Int(b.load(24, as: UInt32.self));
          if so >= 64, so + 64 <= b.count { line += "  NEST: \(d(so))" }
        }
        if b[0] == 5 {
          line +=
            " PARTS \(b[16]) w \(b[17]),\(b[18]),\(b[19]) counts \(b.load(32,as:UInt32.self)),\(b.load(36,as:UInt32.self)),\(b.load(40,as:UInt32.self)) exc \(b.load(48,as:UInt32.self)) esc \(b.load(56,as:UInt32.self))"
        }
        print(line)
      }
    }
    for (n, l) in zip(registry.plan.dictionaryNames, snapshot.words.lists) { print(n, l.wordCount) }
  }
}
