"""Columns of texts: plain, symbols, tokens and tokens in ranges, decoded into lists of bytes."""

from struct import unpack_from

from .damage import Damage, demand
from .integers import ABSENT, CONSTANT, PLAIN_TEXT, SYMBOLS, TOKENS
from .packing import part, plain_codes

TOKEN_EXCEPTIONS, RANGED = 8, 256
ABSENT_WORD, ESCAPE_WORD = (1 << 32) - 1, (1 << 32) - 2


def texts(column, words):
    """The texts of a column, absent ones as None; `words` resolves codes (see `Words`)."""
    demand(len(column) >= 64, "a column has a header")
    encoding, width, flags, row_count, base = unpack_from("<BBHIq", column)
    demand(1 <= row_count <= 65536, "rows of a column of texts")
    if encoding == CONSTANT:
        demand(base == ABSENT and width == flags == 0, "a constant column of texts is absent")
        demand(not any(column[16:64]), "zeros of a constant column of texts")
        return [None] * row_count
    demand(base == 0, "base of a column of texts")
    if encoding in (PLAIN_TEXT, SYMBOLS):
        demand(width == flags == 0, "zeros of a column of texts")
        return grouped_texts(column, encoding, row_count)
    if encoding == TOKENS:
        if flags == RANGED:
            return ranged_tokens(column, row_count, words)
        return tokens(column, flags, row_count, words)
    raise Damage(f"encoding {encoding} of a column of texts")


def grouped_texts(column, encoding, row_count):
    anchors, start, byte_count, symbol_start, symbol_count = unpack_from("<5I", column, 24)
    demand(not any(column[44:64]), "zeros of a column of texts")
    content = bytes(part(column, start, byte_count, "texts"))
    demand(not any(part(column, start + byte_count, 8, "zeros after texts")), "zeros after texts")
    groups = (row_count + 31) // 32
    part(column, anchors, 4 * groups, "anchors")
    all_texts = []
    for group, at in enumerate(unpack_from(f"<{groups}I", column, anchors)):
        lengths = content[at:at + 32]
        demand(len(lengths) == 32, "a group has 32 lengths")
        demand(group + 1 < groups or not any(lengths[(row_count - 1) % 32 + 1:]),
               "lengths past the last row")
        at += 32
        for length in lengths[:row_count - 32 * group]:
            if length == 0:
                all_texts.append(None)
                continue
            if length == 255:
                length = unpack_from("<I", content, at)[0]
                at += 4
            elif length == 254:
                length = 0
            demand(at + length <= byte_count, "a text leaves its column")
            all_texts.append(content[at:at + length])
            at += length
    if encoding == SYMBOLS:
        table = symbol_table(column, symbol_start, symbol_count)
        all_texts = [text and expanded(text, table) for text in all_texts]
    else:
        demand(symbol_start == symbol_count == 0, "plain text has no symbols")
    return all_texts


def symbol_table(column, start, count):
    demand(1 <= count <= 255, "symbol count")
    part(column, start, 9 * count, "symbols")
    lengths = column[start + 8 * count:start + 9 * count]
    demand(all(1 <= length <= 8 for length in lengths), "length of a symbol")
    symbols = []
    for index, length in enumerate(lengths):
        symbol = bytes(column[start + 8 * index:start + 8 * index + 8])
        demand(not any(symbol[length:]), "zeros behind a symbol")
        symbols.append(symbol[:length])
    return symbols


def expanded(codes, table):
    pieces, at = [], 0
    while at < len(codes):
        code = codes[at]
        if code == 255:
            demand(at + 1 < len(codes), "a byte after an escape")
            pieces.append(codes[at + 1:at + 2])
            at += 2
        else:
            demand(code < len(table), "a symbol of the table")
            pieces.append(table[code])
            at += 1
    return b"".join(pieces)


def escaped_texts(column, rows_at, count, texts_at):
    """The texts that are no words, by row."""
    if not count:
        return {}
    part(column, rows_at, 2 * count, "escaped rows")
    rows = unpack_from(f"<{count}H", column, rows_at)
    found = texts(column[texts_at:], None)
    demand(len(found) == count, "one text for each escaped row")
    return dict(zip(rows, found))


def joined(codes, escaped, words):
    """Texts of the codes of rows."""
    join, known, found = words.join, {}, []
    for row, code in enumerate(codes):
        first = code[0]
        if first == ABSENT_WORD:
            found.append(None)
        elif first == ESCAPE_WORD:
            demand(row in escaped, "an escape has its text")
            found.append(escaped[row])
        else:
            text = known.get(code)
            if text is None:
                text = known[code] = join(code)
            found.append(text)
    return found


def tokens(column, flags, row_count, words):
    width, part_count = column[1], column[16]
    widths = column[17:20]
    (codes_at, dictionary_at, *place_counts, exceptions_at, exception_count, escapes_at,
     escape_count, escaped_at) = unpack_from("<10I", column, 24)
    demand(1 <= part_count <= 3 and part_count == words.part_count, "parts of tokens")
    demand(sum(widths) == width <= 57 and not any(widths[part_count:]), "widths of tokens")
    demand(not any(column[20:24]) and not any(place_counts[part_count:]), "zeros of tokens")
    demand(flags & ~(TOKEN_EXCEPTIONS | 32 | 64 | 128) == 0, "flags of tokens")
    dictionaries = []
    for index in range(part_count):
        if flags & 32 << index:
            dictionaries.append(None)
        else:
            count = place_counts[index]
            part(column, dictionary_at, 4 * count, "dictionary of tokens")
            dictionaries.append(unpack_from(f"<{count}I", column, dictionary_at))
            dictionary_at += 4 * count
    apart = {}
    if flags & TOKEN_EXCEPTIONS:
        rows = unpack_from(f"<{exception_count}H", column, exceptions_at)
        at = exceptions_at + (2 * exception_count + 3) // 4 * 4
        codes = unpack_from(f"<{part_count * exception_count}I", column, at)
        for index, row in enumerate(rows):
            apart[row] = codes[part_count * index:part_count * (index + 1)]
    absent = (ABSENT_WORD,) * part_count
    packed = plain_codes(column, codes_at, width, row_count)
    columns, shift, outside = [], 0, set()
    for index in range(part_count):
        mask, count, entries = (1 << widths[index]) - 1, place_counts[index], dictionaries[index]
        places = [code >> shift & mask for code in packed]
        shift += widths[index]
        if max(places) >= count:
            outside.update(row for row, place in enumerate(places) if place >= count)
            places = [place if place < count else 0 for place in places]
        if entries is None:
            columns.append([place - 2 & ABSENT_WORD for place in places])
        else:
            columns.append([entries[place] for place in places])
    codes = list(zip(*columns))
    for row in outside:
        codes[row] = apart.get(row, absent)
    demand(outside >= set(apart), "exceptions of tokens")
    return joined(codes, escaped_texts(column, escapes_at, escape_count, escaped_at), words)


def ranged_tokens(column, row_count, words):
    width, part_count = column[1], column[16]
    number_bits, entry_bits, anchor_shift = column[17:20], column[20:23], column[23]
    (stream_at, dictionary_at, *place_counts, ranges_at, stream_size, escapes_at, escape_count,
     escaped_at) = unpack_from("<10I", column, 24)
    demand(1 <= part_count <= 3 and part_count == words.part_count, "parts of tokens")
    demand(sum(number_bits) == width <= 12 and anchor_shift <= 1, "widths of range numbers")
    stream = bytes(part(column, stream_at, stream_size + 8, "stream of tokens"))
    demand(not any(stream[stream_size:]), "zeros after a stream")

    dictionaries = []
    for index in range(part_count):
        byte_count = (place_counts[index] * entry_bits[index] + 63) // 64 * 8
        content = bytes(part(column, dictionary_at, byte_count, "dictionary")) + bytes(8)
        dictionaries.append(plain_codes(content, 0, entry_bits[index], place_counts[index]))
        dictionary_at += byte_count

    range_widths = column[ranges_at:ranges_at + 48]
    raw_limits = unpack_from("<3I", column, ranges_at + 48)
    demand(not any(column[ranges_at + 60:ranges_at + 64]), "zeros of a table of ranges")
    begins = unpack_from("<48I", column, ranges_at + 64)
    block_count, group_count = (row_count + 1023) // 1024, (row_count + 31) // 32
    pair_bits = number_bits[0] + (number_bits[1] if part_count > 1 else 0)
    pair_at = ranges_at + 256
    pair_count = 1 << pair_bits
    for pair in range(pair_count):
        expected = range_widths[pair & (1 << number_bits[0]) - 1]
        if part_count > 1:
            expected += range_widths[16 + (pair >> number_bits[0])]
        demand(column[pair_at + pair] == expected, "widths of two parts together")
    block_at = pair_at + (pair_count + 3) // 4 * 4
    block_bits = unpack_from(f"<{block_count}I", column, block_at)
    group_bits = unpack_from(f"<{group_count}H", column, block_at + 4 * block_count)

    # For each range numbers of a row: what its parts are cut by.
    cuts = {}
    for numbers in range(1 << width):
        steps, rest, shift = [], numbers, 0
        for index in range(part_count):
            number = rest & (1 << number_bits[index]) - 1
            rest >>= number_bits[index]
            slot = 16 * index + number
            steps.append((shift, (1 << range_widths[slot]) - 1, begins[slot], index))
            shift += range_widths[slot]
        cuts[numbers] = (shift, steps)

    codes, number_mask = [], (1 << width) - 1
    for group in range(group_count):
        bit = block_bits[group >> 5] + (group_bits[group] << anchor_shift)
        numbers = int.from_bytes(stream[bit >> 3:(bit >> 3) + 60], "little") >> (bit & 7)
        place_bit = bit + 32 * width
        count = min(32, row_count - 32 * group)
        for _ in range(count):
            total, steps = cuts[numbers & number_mask]
            numbers >>= width
            at = place_bit >> 3
            taken = int.from_bytes(stream[at:at + 13], "little") >> (place_bit & 7)
            place_bit += total
            row = []
            for shift, mask, begin, index in steps:
                place = taken >> shift & mask
                if begin == ABSENT_WORD:
                    row.append(place - 2 & ABSENT_WORD if place <= raw_limits[index] else None)
                else:
                    place += begin
                    entries = dictionaries[index]
                    row.append(entries[place] - 2 & ABSENT_WORD if place < len(entries) else None)
            codes.append((ABSENT_WORD,) * part_count if None in row else tuple(row))
    return joined(codes, escaped_texts(column, escapes_at, escape_count, escaped_at), words)
