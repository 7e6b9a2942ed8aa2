// Takes the text of a condition apart into words, quoted texts and signs.

/// One piece of a condition's text.
struct QueryToken: Equatable {
  enum Kind: Equatable {
    /// A name, a keyword or a value without quotes.
    case word
    /// A value in quotes, which are taken off.
    case quoted
    /// `( ) , . = != < <= > >=`; a point only between names.
    case sign
    case end
  }

  var kind: Kind
  var text: String
  /// Bytes before it.
  var position: Int

  /// Whether it is this keyword, in any case.
  func isKeyword(_ word: String) -> Bool { kind == .word && text.lowercased() == word }

  func isSign(_ sign: String) -> Bool { kind == .sign && text == sign }
}

/// The pieces of a condition's text, an end piece last.
///
/// Quotes are `'` or `"`, doubled where they stand inside. A word ends at a space, a quote or a
/// sign; a point is part of a word.
func queryTokens(_ text: String) throws(QueryError) -> [QueryToken] {
  let bytes = Array(text.utf8)
  var tokens: [QueryToken] = []
  var at = 0
  while at < bytes.count {
    let byte = bytes[at]
    if isSpace(byte) {
      at += 1
    } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
      let (quoted, end) = try quotedText(bytes, from: at)
      tokens.append(QueryToken(kind: .quoted, text: quoted, position: at))
      at = end
    } else if isSign(byte) {
      var end = at + 1
      let mayBeLonger = byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">")
      if end < bytes.count, bytes[end] == UInt8(ascii: "="),
        mayBeLonger || byte == UInt8(ascii: "!")
      {
        end += 1
      }
      tokens.append(
        QueryToken(
          kind: .sign, text: String(decoding: bytes[at..<end], as: UTF8.self), position: at))
      at = end
    } else {
      var end = at
      while end < bytes.count, !isSpace(bytes[end]), !isSign(bytes[end]),
        bytes[end] != UInt8(ascii: "'"), bytes[end] != UInt8(ascii: "\"")
      {
        end += 1
      }
      tokens.append(
        QueryToken(
          kind: .word, text: String(decoding: bytes[at..<end], as: UTF8.self), position: at))
      at = end
    }
  }
  tokens.append(QueryToken(kind: .end, text: "", position: bytes.count))
  return tokens
}

private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }

private func isSign(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: "="),
    UInt8(ascii: "!"), UInt8(ascii: "<"), UInt8(ascii: ">"):
    true
  default: false
  }
}

private func quotedText(
  _ bytes: [UInt8], from start: Int
) throws(QueryError) -> (text: String, end: Int) {
  let quote = bytes[start]
  var content: [UInt8] = []
  var at = start + 1
  while at < bytes.count {
    if bytes[at] == quote {
      guard at + 1 < bytes.count, bytes[at + 1] == quote else {
        return (String(decoding: content, as: UTF8.self), at + 1)
      }
      at += 1
    }
    content.append(bytes[at])
    at += 1
  }
  throw QueryError(.unclosedQuote, at: start)
}
