// Goes through all pages of a file without LMDB, which trusts them: a broken page could end the
// process or hide values. Nothing is mapped, and every number is checked before it is used.
//
// Found are: meta pages that contradict themselves or each other, pages with another's number or of
// another kind, nodes that overlap or leave their page, keys out of order, wrong counts, pages that
// two trees use or that are free and used, pages that no tree and no list of free pages names, and
// pages beyond the end of the file.

import Bytes
import CLMDB
import Glibc

/// One contradiction in the pages of a file.
package struct PageFinding: Hashable, Sendable {
  /// What is wrong with a page.
  package enum Code: String, Sendable {
    /// It says nothing that LMDB wrote, or not the last commit or the one before it.
    case metaBroken
    /// It lies beyond the end of the file.
    case beyondEnd
    /// It has the number of another page.
    case numberWrong
    /// It is not of the kind that its place in the tree wants.
    case kindWrong
    /// Its nodes leave it, overlap, or are of no possible kind or length.
    case nodesBroken
    /// Its keys do not rise, or are not those that the page above promises.
    case orderBroken
    /// It is used twice, or free and used.
    case usedTwice
    /// Nothing uses it, and it is not free.
    case lost
    /// The tree has other counts of pages or entries than it says.
    case countsWrong
  }

  package var code: Code
  package var page: Int
  /// The tree that it belongs to, and the numbers of the value's key where it holds one.
  package var owner: String
}

/// Where the value of a key is.
enum PageValue {
  /// Lent for the call.
  case here(LentBytes)
  /// On pages of its own, whose heads were looked at.
  case pages(first: Int, byteCount: Int)
}

/// What was found in the pages of a file.
package struct PageWalkReport: Equatable, Sendable {
  package var pageByteCount = 0
  /// Pages up to the last one of the commit.
  package var pageCount = 0
  package var commit = 0
  package var findings: [PageFinding] = []
}

/// Goes through the pages of the file at a path, which this process must not have open.
///
/// LMDB sees the file only if commits were made meanwhile, so that what was found may come from
/// them: then it keeps a snapshot, for which it reads no more than the meta pages. Throws what the
/// system refused, `fileTooShort`, and `foreignFile` for a file whose first pages are nothing of
/// LMDB's.
package func walkPages(of path: String) throws(PageError) -> PageWalkReport {
  let file = try PageFile(path)
  let report = walk(file, file.newest)
  guard !report.findings.isEmpty, file.hasChanged() else { return report }
  do throws(PageError) {
    return try Environment(path: path, access: .readOnly, keyspaces: []).walkPages()
  } catch {
    guard error.code != .alreadyOpen else { throw error }
    return report
  }
}

extension Environment {
  /// Goes through the pages of the last commit, which are kept meanwhile.
  package func walkPages() throws(PageError) -> PageWalkReport {
    // The meta page of a snapshot is written again by the second commit after it.
    let tryCount = 100
    for _ in 0..<tryCount {
      let transaction = try beginReading()
      let file = try openPages()
      let meta = file.metas.compactMap { $0 }.first { $0.commit == UInt64(transaction.id) }
      if let meta { return walk(file, meta) }
    }
    let file = try openPages()
    return walk(file, file.newest)
  }

  /// The file as it is open, whatever has become of its name.
  private func openPages() throws(PageError) -> PageFile {
    var descriptor: Int32 = -1
    try check(unsafe mdb_env_get_fd(handle, &descriptor), in: path)
    return try PageFile(descriptor: dup(descriptor), path)
  }
}

private func walk(_ file: PageFile, _ meta: MetaPage?) -> PageWalkReport {
  var report = PageWalkReport(pageByteCount: file.pageByteCount)
  if let meta {
    let walk = PageWalk(file, meta) { _, _, _ in }
    walk.run()
    report.pageCount = Int(meta.lastPage) + 1
    report.commit = Int(meta.commit)
    report.findings = walk.findings
  }
  for page in 0...1 where file.metas[page] == nil {
    report.findings.append(PageFinding(code: .metaBroken, page: page, owner: "commit"))
  }
  if let first = file.metas[0], let second = file.metas[1] {
    let isFirstNewer = first.commit > second.commit
    let (newer, older) = isFirstNewer ? (first, second) : (second, first)
    if !newer.follows(older) || first.pageByteCount != second.pageByteCount {
      report.findings.append(
        PageFinding(code: .metaBroken, page: isFirstNewer ? 1 : 0, owner: "commit"))
    }
  }
  return report
}

/// One walk over the pages of one commit.
final class PageWalk {
  private enum Use {
    static let unknown: UInt8 = 0
    static let used: UInt8 = 1
    static let free: UInt8 = 2
  }

  static let freeName = "free pages"
  static let rootName = "keyspaces"
  static let depthMax = 32
  static let keyByteCountMin = 1

  private let file: PageFile
  private let meta: MetaPage
  private let pageCount: Int
  private var use: [UInt8]
  private(set) var findings: [PageFinding] = []
  /// Gets each entry that can be read: keyspace, key, value.
  private let entry: (String, LentBytes, PageValue) -> Void
  // Of the tree at hand.
  private var owner = ""
  private var counted = PageTree()

  init(_ file: PageFile, _ meta: MetaPage, entry: @escaping (String, LentBytes, PageValue) -> Void)
  {
    self.file = file
    self.meta = meta
    self.entry = entry
    // Room for what is there, whatever a broken page says.
    pageCount = min(Int(meta.lastPage) + 1, file.pageCountMax)
    use = [UInt8](repeating: Use.unknown, count: max(2, pageCount))
    (use[0], use[1]) = (Use.used, Use.used)
  }

  /// Goes through all trees.
  func run() {
    if Int(meta.lastPage) >= pageCount { note(.beyondEnd, Int(meta.lastPage), "commit") }
    var keyspaces: [(name: String, tree: PageTree)] = []
    walk(meta.keyspaces, Self.rootName) { key, value in
      guard case .here(let bytes) = value, bytes.count == PageTree.byteCount else { return }
      keyspaces.append((String(key), PageTree(bytes)))
    }
    for (name, tree) in keyspaces {
      if tree.flags != 0 { note(.countsWrong, Int(clamping: tree.root), name) }
      walk(tree, name) { key, value in entry(name, key, value) }
    }
    var lists: [(commit: UInt64, pages: [UInt64])] = []
    walk(meta.freePages, Self.freeName) { key, value in
      guard let bytes = file.bytes(of: value), bytes.count >= 8, bytes.count % 8 == 0 else {
        return note(.nodesBroken, 0, Self.freeName)
      }
      let pages = bytes.lend { bytes in
        (0..<bytes.count / 8).map { bytes.load(8 * $0, as: UInt64.self) }
      }
      lists.append((key.load(0), pages))
    }
    for (commit, pages) in lists { noteFree(pages, of: commit) }
    noteLost()
  }

  private func note(_ code: PageFinding.Code, _ page: Int, _ owner: String) {
    findings.append(PageFinding(code: code, page: page, owner: owner))
  }

  // MARK: Trees

  private func walk(
    _ tree: PageTree, _ name: String, _ visit: (LentBytes, PageValue) -> Void
  ) {
    owner = name
    counted = PageTree()
    (counted.flags, counted.depth, counted.root) = (tree.flags, tree.depth, tree.root)
    if tree.root == UInt64.max {
      counted.depth = 0
    } else if tree.depth >= 1, tree.depth <= Self.depthMax {
      visitPage(tree.root, depth: Int(tree.depth), from: nil, below: nil, visit)
    } else {
      note(.kindWrong, Int(clamping: tree.root), name)
    }
    if counted != tree { note(.countsWrong, Int(clamping: tree.root), name) }
  }

  /// Goes through a page and what is under it; its keys must lie in the bounds.
  private func visitPage(
    _ number: UInt64, depth: Int, from: [UInt8]?, below: [UInt8]?,
    _ visit: (LentBytes, PageValue) -> Void
  ) {
    guard let number = claim(number), let bytes = read(number) else { return }
    bytes.lend { bytes in
      let page = PageView(bytes: bytes)
      if page.number != UInt64(number) { note(.numberWrong, number, owner) }
      let isBranch = depth > 1
      if page.flags != (isBranch ? PageView.branch : PageView.leaf) {
        note(.kindWrong, number, owner)
      }
      let nodes = (0..<page.nodeCount).compactMap { page.node($0, isBranch: isBranch) }
      if !page.isFilled(by: nodes) || nodes.count < (isBranch ? 2 : 1) {
        note(.nodesBroken, number, owner)
      }
      checkOrder(nodes, isBranch: isBranch, from, below, number)
      if isBranch {
        counted.branchCount += 1
        for (index, node) in nodes.enumerated() {
          visitPage(
            node.child, depth: depth - 1, from: index == 0 ? from : node.key.copied,
            below: index + 1 < nodes.count ? nodes[index + 1].key.copied : below, visit)
        }
      } else {
        counted.leafCount += 1
        for node in nodes { visitLeaf(node, number, visit) }
      }
    }
  }

  private func visitLeaf(
    _ node: PageNode, _ number: Int, _ visit: (LentBytes, PageValue) -> Void
  ) {
    counted.entryCount += 1
    let isRoot = owner == Self.rootName
    let expected = isRoot ? PageNode.isTree : node.flags & PageNode.isOnPages
    let isKey =
      owner == Self.freeName
      ? node.key.count == 8 : (Self.keyByteCountMin...keyByteCountMax).contains(node.key.count)
    guard isKey, node.flags == expected, !isRoot || node.stored.count == PageTree.byteCount else {
      return note(.nodesBroken, number, owner)
    }
    let isOnPages = node.flags & PageNode.isOnPages != 0
    // LMDB gives a value pages of its own when two such nodes do not fit into a page. It keeps them
    // when the same commit replaces the value by a shorter one.
    let whole = PageView.nodeByteCount + node.key.count + node.valueByteCount
    let isLarge = whole > ((file.pageByteCount - PageView.headByteCount) / 2 & ~1) - 2
    guard isOnPages || !isLarge else { return note(.nodesBroken, number, owner) }
    guard isOnPages else { return visit(node.key, .here(node.stored)) }
    if let first = claimOverflow(node) {
      visit(node.key, .pages(first: first, byteCount: node.valueByteCount))
    }
  }

  /// The first page of a value that has pages of its own, when they can be read.
  private func claimOverflow(_ node: PageNode) -> Int? {
    let owner = self.owner + numbers(of: node.key)
    guard node.child >= 2, node.child < UInt64(pageCount) else {
      note(.beyondEnd, Int(clamping: node.child), owner)
      return nil
    }
    let first = Int(node.child)
    guard let head = file.head(of: first) else {
      note(.beyondEnd, first, owner)
      return nil
    }
    return head.lend { head -> Int? in
      let page = PageView(bytes: head)
      if page.number != UInt64(first) { note(.numberWrong, first, owner) }
      if page.flags != PageView.overflow { note(.kindWrong, first, owner) }
      let needed =
        max(0, PageView.headByteCount + node.valueByteCount - 1) / file.pageByteCount + 1
      if page.overflowPageCount < needed { note(.countsWrong, first, owner) }
      let end = first + max(needed, min(page.overflowPageCount, pageCount))
      counted.overflowCount += UInt64(max(needed, page.overflowPageCount))
      guard end <= pageCount, first + needed <= file.pageCount else {
        note(.beyondEnd, min(end, pageCount), owner)
        return nil
      }
      for number in first..<end {
        if use[number] != Use.unknown { note(.usedTwice, number, owner) }
        use[number] = Use.used
      }
      return first
    }
  }

  private func checkOrder(
    _ nodes: [PageNode], isBranch: Bool, _ from: [UInt8]?, _ below: [UInt8]?, _ number: Int
  ) {
    let first = isBranch ? 1 : 0
    guard nodes.count > first else { return }
    var isOrdered = true
    for index in first..<nodes.count {
      let key = nodes[index].key
      if index > first, !precedes(nodes[index - 1].key, key) { isOrdered = false }
      if let from, !from.lend({ !precedes(key, $0) }) { isOrdered = false }
      if let below, !below.lend({ precedes(key, $0) }) { isOrdered = false }
    }
    if !isOrdered { note(.orderBroken, number, owner) }
  }

  /// Keys of free pages are the numbers of commits, all others compare as bytes.
  private func precedes(_ left: LentBytes, _ right: LentBytes) -> Bool {
    guard owner == Self.freeName else { return left.precedes(right) }
    guard left.count == 8, right.count == 8 else { return false }
    return left.load(0, as: UInt64.self) < right.load(0, as: UInt64.self)
  }

  /// Notes a page as used; nil for one that cannot be, or that is in use already.
  private func claim(_ number: UInt64) -> Int? {
    guard number >= 2, number < UInt64(pageCount) else {
      note(.beyondEnd, Int(clamping: number), owner)
      return nil
    }
    guard use[Int(number)] == Use.unknown else {
      note(.usedTwice, Int(number), owner)
      return nil
    }
    use[Int(number)] = Use.used
    return Int(number)
  }

  private func read(_ number: Int) -> [UInt8]? {
    let bytes = file.page(number)
    if bytes == nil { note(.beyondEnd, number, owner) }
    return bytes
  }

  // MARK: Free pages

  /// Notes the pages of one list: a count, and as many numbers that fall.
  private func noteFree(_ list: [UInt64], of commit: UInt64) {
    guard commit <= meta.commit, list[0] < UInt64(list.count) else {
      return note(.nodesBroken, 0, Self.freeName)
    }
    var last = UInt64.max
    for number in list[1...].prefix(Int(list[0])) {
      guard number < last else { return note(.orderBroken, Int(clamping: number), Self.freeName) }
      last = number
      guard number >= 2, number < UInt64(pageCount) else {
        note(.beyondEnd, Int(clamping: number), Self.freeName)
        continue
      }
      if use[Int(number)] != Use.unknown { note(.usedTwice, Int(number), Self.freeName) }
      use[Int(number)] = Use.free
    }
  }

  /// Notes the first page of each row of them that nothing names.
  private func noteLost() {
    // Where something else is broken, it is the reason.
    guard findings.isEmpty else { return }
    for number in 2..<use.count where use[number] == Use.unknown && use[number - 1] != Use.unknown {
      note(.lost, number, Self.freeName)
    }
  }
}

/// The two numbers of a key that is one, which are never a person's.
private func numbers(of key: LentBytes) -> String {
  NumberKey(key).map { " \($0.first)/\($0.second)" } ?? ""
}
