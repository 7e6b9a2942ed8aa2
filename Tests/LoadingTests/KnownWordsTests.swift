// Known words, and the loops over texts that are made of them.

import Bytes
import Columns
import Rows
import Support
import Testing

@testable import Loading

/// Text with bytes behind it that may be read.
private func room(_ text: [UInt8]) -> Scratch<UInt8> {
  let room = Scratch<UInt8>(count: text.count + 64)
  for index in text.indices { room.view[index] = text[index] }
  for index in text.count..<text.count + 64 { room.view[index] = 0x61 }
  return room
}

extension KnownWords {
  fileprivate func code(_ word: [UInt8]) -> UInt32 {
    let room = room(word)
    return unsafe view.code(of: UnsafeRawPointer(room.view.base), count: word.count)
  }

  fileprivate mutating func set(_ word: [UInt8], code: UInt32) {
    let room = room(word)
    let bytes = room.view.lent(count: word.count)
    set(bytes, hash: mix(bytes), code: code)
  }
}

@Suite struct KnownWordsTests {
  /// Words of every length around 8, 16 and 24 bytes, many with the same beginning or end.
  private func words(_ count: Int, seed: UInt64) -> [[UInt8]] {
    var random = SeededGenerator(seed: seed)
    return Array(
      Set(
        (0..<count).map { _ in
          let length = Int.random(in: 0...40, using: &random)
          var word = [UInt8](repeating: 0x62, count: length)
          for _ in 0..<3 where length > 0 {
            word[Int.random(in: 0..<length, using: &random)] = UInt8.random(
              in: 0...255, using: &random)
          }
          return word
        }))
  }

  @Test func findsWordsOfAllLengths() {
    let all = words(30_000, seed: 1)
    var known = KnownWords()
    known.beginPiece()
    for (code, word) in all.enumerated() where code % 2 == 0 {
      known.set(word, code: UInt32(code))
    }
    for (code, word) in all.enumerated() {
      #expect(known.code(word) == (code % 2 == 0 ? UInt32(code) : .max))
    }
  }

  @Test func knowsWordsButNotTheirCodesInAnotherPiece() {
    let word = Array("Nguyễn".utf8)
    var known = KnownWords()
    known.beginPiece()
    known.set(word, code: 4)
    known.set([], code: 5)
    #expect(known.code(word) == 4)
    #expect(known.code([]) == 5)
    known.beginPiece()
    #expect(known.code(word) == .max)
    #expect(known.code([]) == .max)
    known.set(word, code: 0)
    #expect(known.code(word) == 0)
  }

  /// So that words without end take no memory without end.
  @Test func forgetsTooManyWords() {
    var known = KnownWords()
    for piece in 0..<3 {
      known.beginPiece()
      for number in 0..<70_000 { known.set(Array("\(piece) \(number)".utf8), code: UInt32(number)) }
      #expect(known.code(Array("\(piece) 69999".utf8)) == 69_999)
      #expect(known.code(Array("\(piece - 1) 69999".utf8)) == .max)
    }
  }
}

@Suite struct WordLoopTests {
  /// What a loop says of each text: its codes, or nil if it leaves it.
  private func run(
    _ split: WordSplit, _ texts: [[UInt8]], _ sets: [Held<KnownWords>],
    words: [Held<WordTable>] = (0..<3).map { _ in Held(WordTable()) }, isRequired: Bool,
    byteCountMax: Int
  ) -> [[UInt32]?] {
    let bytes = room(texts.flatMap { $0 + [0x2c] })
    let places = Scratch<TextPlace>(count: texts.count)
    var at = 0
    for (index, text) in texts.enumerated() {
      places.view[index] = TextPlace(start: at, count: text.count, isQuoted: index % 2 == 0)
      at += text.count + 1
    }
    let codes = Scratch<UInt32>(count: 3 * texts.count)
    let rest = Scratch<UInt16>(count: texts.count + 1)
    let scratch = Scratch<UInt8>(count: 256)
    let fields = FieldTexts(
      bytes.view.lent(count: at), places: places.view, count: texts.count)
    let loop = WordLoop(
      known: (sets[0].value.view, sets[1].value.view, sets[2].value.view),
      sets: (sets[0], sets[1], sets[2]), words: (words[0], words[1], words[2]),
      codes: codes.view, stride: texts.count, byteCountMax: byteCountMax)
    let restCount =
      switch split {
      case .name: loop.parseNames(fields, isRequired: isRequired, rest: rest.view)
      case .address:
        loop.parseAddresses(
          fields, isRequired: isRequired, rest: rest.view, scratch: scratch.view)
      case .whole: loop.parseWholes(fields, isRequired: isRequired, rest: rest.view)
      }
    let left = Set((0..<restCount).map { Int(rest.view[$0]) })
    return texts.indices.map { index in
      left.contains(index)
        ? nil : (0..<split.partCount).map { codes.view[$0 * texts.count + index] }
    }
  }

  private func randomTexts(_ count: Int, _ random: inout SeededGenerator) -> [[UInt8]] {
    let characters = Array("aé1203 ,").map { Array(String($0).utf8) } + [[1], Array("Số".utf8)]
    var texts: [[UInt8]] = []
    for _ in 0..<count {
      let length = Int.random(in: 0...12, using: &random) * Int.random(in: 1...5, using: &random)
      var text: [UInt8] = []
      for _ in 0..<length { text += characters.randomElement(using: &random) ?? [] }
      texts.append(text)
      // Members of a household have the same address.
      if Int.random(in: 0..<3, using: &random) == 0 { texts.append(text) }
    }
    return texts
  }

  @Test(arguments: WordSplit.allCases)
  func givesTheCodesOfTheWords(split: WordSplit) {
    var random = SeededGenerator(seed: 23)
    for round in 0..<40 {
      let texts = randomTexts(500, &random)
      let byteCountMax = [1_024, 10][round % 2]
      let isRequired = round % 3 == 0
      let sets = (0..<3).map { _ in Held(KnownWords()) }
      for set in sets { set.value.beginPiece() }
      for text in texts where Int.random(in: 0..<4, using: &random) > 0 {
        let scratch = Scratch<UInt8>(count: text.count)
        text.lend { bytes in
          guard let words = split.split(bytes, scratch: scratch.view) else { return }
          sets[0].value.set(words.first.copied, code: UInt32(words.first.count))
          sets[1].value.set(words.second.copied, code: UInt32(words.second.count) + 100)
          sets[2].value.set(words.third.copied, code: UInt32(words.third.count) + 200)
        }
      }
      let said = run(split, texts, sets, isRequired: isRequired, byteCountMax: byteCountMax)
      for (index, text) in texts.enumerated() {
        let scratch = Scratch<UInt8>(count: text.count)
        let expected = text.lend { bytes -> [UInt32]? in
          if text.isEmpty { return isRequired ? nil : [TokenInput.absent] }
          guard let words = split.split(bytes, scratch: scratch.view) else { return nil }
          let codes = [
            sets[0].value.code(words.first.copied), sets[1].value.code(words.second.copied),
            sets[2].value.code(words.third.copied),
          ].prefix(split.partCount)
          return codes.contains(.max) ? nil : Array(codes)
        }
        let most = split == .whole ? byteCountMax : min(64, byteCountMax)
        if text.count > most || expected == nil {
          #expect(said[index] == nil)
        } else if text.isEmpty {
          #expect(said[index]?.first == TokenInput.absent)
        } else {
          #expect(said[index] == expected, "\(String(decoding: text, as: UTF8.self))")
        }
      }
    }
  }

  /// Words that are known from an earlier piece get codes in the order of the texts, until a text
  /// is left; behind it only texts whose words have codes get theirs.
  @Test(arguments: [WordSplit.name, .address])
  func givesCodesInTheOrderOfTheTexts(split: WordSplit) {
    var random = SeededGenerator(seed: 29)
    for _ in 0..<40 {
      let texts = randomTexts(100, &random)
      let sets = (0..<3).map { _ in Held(KnownWords()) }
      let tables = (0..<3).map { _ in Held(WordTable()) }
      for set in sets { set.value.beginPiece() }
      let split = split
      func words(_ text: [UInt8]) -> [[UInt8]]? {
        let scratch = Scratch<UInt8>(count: text.count)
        return text.lend { bytes in
          split.split(bytes, scratch: scratch.view).map {
            [$0.first.copied, $0.second.copied, $0.third.copied]
          }
        }
      }
      for text in texts where Int.random(in: 0..<30, using: &random) > 0 {
        for (set, word) in zip(sets, words(text) ?? []) { set.value.set(word, code: 7) }
      }
      let known = texts.map { text in
        (words(text) ?? []).enumerated().allSatisfy { sets[$0].value.code($1) == 7 }
      }
      for set in sets { set.value.beginPiece() }
      let said = run(
        split, texts, sets, words: tables, isRequired: false, byteCountMax: 1_024)
      var codes: [[[UInt8]: UInt32]] = [[:], [:], [:]]
      var isAnyLeft = false
      for (index, text) in texts.enumerated() where !text.isEmpty {
        let parts = text.count > 64 ? nil : words(text)
        guard let parts, known[index],
          !isAnyLeft || zip(codes, parts).allSatisfy({ $0[$1] != nil })
        else {
          #expect(said[index] == nil)
          isAnyLeft = true
          continue
        }
        let expected = parts.enumerated().map { place, word in
          let next = UInt32(codes[place].count)
          return codes[place][word, default: next]
        }
        for (place, word) in parts.enumerated() { codes[place][word] = expected[place] }
        #expect(said[index] == expected)
      }
      for (table, codes) in zip(tables, codes) { #expect(table.value.count == codes.count) }
    }
  }
}
