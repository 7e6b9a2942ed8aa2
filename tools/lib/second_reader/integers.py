"""Columns of integers: each encoding decoded into a list, absent rows as None."""

from itertools import chain, repeat
from struct import unpack_from

from .damage import Damage, demand
from .packing import (
    BLOCK_ROWS, bits, exceptional_rows, exceptions, part, plain_codes, ranked_marks, signed,
    transposed_codes)

ABSENT = -(1 << 63)
CONSTANT, FRAME, DELTA, RUN_LENGTH, DICTIONARY, TOKENS, SYMBOLS = range(7)
FLAGS, PRESENCE, DERIVED, PLAIN, PLAIN_TEXT, ROW_CODES = range(7, 13)
TRANSPOSED, BLOCK_BASES, ABSENT_CODE, EXCEPTIONS, SHARED_RUNS = 1, 2, 4, 8, 16
TABLE, EXCEPTIONAL_TEXTS, LISTED_MARKS, IN_ROW_CODES = 32, 64, 128, 256
FLAG_NAMES = {1: "transposed", 2: "block bases", 4: "absent code", 8: "exceptions",
              16: "shared runs", 32: "table", 64: "exceptional texts", 128: "listed marks",
              256: "row codes"}
NAMES = ("constant", "frame of reference", "delta", "run length", "dictionary", "tokens",
         "symbols", "flags", "presence", "derived", "plain", "plain text", "row codes")


class Header:
    """The first 64 bytes of a column of integers."""

    def __init__(self, column):
        demand(len(column) >= 64, "a column has a header")
        (self.encoding, self.width, self.flags, self.row_count, self.base, self.extra,
         self.second, self.second_size, self.exceptions, self.exception_count, self.values,
         self.values_size) = unpack_from("<BBHIqqIIIIII", column)
        self.first_bit, *zeros = unpack_from("<IIQ", column, 48)
        demand(not any(zeros), "zeros of a column's header")
        demand(self.encoding < ROW_CODES, "an encoding of the list")
        demand(self.width <= 64 and self.row_count <= 65536, "width and rows of a column")
        demand(self.flags < 512, "flags of a column")
        demand(self[IN_ROW_CODES] or self.first_bit == 0, "first bit of a column")

    def __getitem__(self, flag):
        return self.flags & flag != 0


def features(column):
    """What a column of any kind is made of, the columns in it included."""
    encoding, name = column[0], NAMES[column[0]]
    yield name
    flags = unpack_from("<H", column, 2)[0]
    if encoding == TOKENS:
        if flags == 256:
            yield f"{name}: ranges"
        elif flags & EXCEPTIONS:
            yield f"{name}: exceptions"
        if flags != 256 and flags & (32 | 64 | 128):
            yield f"{name}: direct"
        if unpack_from("<I", column, 56)[0]:
            yield f"{name}: escapes"
            yield from features(column[unpack_from("<I", column, 60)[0]:])
    elif encoding not in (SYMBOLS, PLAIN_TEXT, ROW_CODES):
        yield from (f"{name}: {word}" for flag, word in FLAG_NAMES.items() if flags & flag)
        header = Header(column)
        if encoding == FRAME and header.extra:
            yield f"{name}: scale"
        if encoding in (RUN_LENGTH, PRESENCE, DERIVED):
            yield from features(nested(column, header))
        if encoding == DERIVED and header.exception_count:
            yield from features(part(column, header.values, header.values_size, "values"))


def absent_as_none(values):
    return [None if value == ABSENT else value for value in values]


class RowCodes:
    """The codes of several columns of a segment, row after row."""

    def __init__(self, column, row_count):
        encoding, zero, self.width, told = unpack_from("<BBHI", column)
        demand(encoding == ROW_CODES and zero == 0 and self.width >= 1, "row codes")
        demand(told == row_count and not any(column[8:64]), "header of row codes")
        self.rows = plain_codes(column, 64, self.width, row_count)

    def of(self, header):
        demand(1 <= header.width <= 32 and header.first_bit + header.width <= self.width,
               "row codes of a column")
        demand(len(self.rows) == header.row_count, "a column has the rows of its segment")
        mask = (1 << header.width) - 1
        return [row >> header.first_bit & mask for row in self.rows]


def codes_of(column, header, row_codes):
    if header[IN_ROW_CODES]:
        demand(row_codes is not None and not header[TRANSPOSED], "a segment has row codes")
        return row_codes.of(header)
    if header[TRANSPOSED]:
        return transposed_codes(column, 64, header.width, header.row_count)
    return plain_codes(column, 64, header.width, header.row_count)


def listed(column, header):
    if not header[EXCEPTIONS]:
        return {}
    return exceptions(column, header.exceptions, header.row_count, header.exception_count)


def block_bases(column, header):
    """The base of each row."""
    if not header[BLOCK_BASES]:
        return repeat(header.base, header.row_count)
    count = (header.row_count + BLOCK_ROWS - 1) // BLOCK_ROWS
    part(column, header.second, 8 * count, "block bases")
    bases = unpack_from(f"<{count}q", column, header.second)
    return chain.from_iterable(repeat(base, BLOCK_ROWS) for base in bases)


def constant(column, header):
    values = [header.base] * header.row_count
    for row, value in listed(column, header).items():
        values[row] = value
    return absent_as_none(values)


def excepted(values, codes, code, apart):
    """Puts listed values where the codes say so; the list and the codes must agree."""
    rows = [row for row, found in enumerate(codes) if found == code]
    demand(rows == list(apart), "codes that point at exceptions")
    for row in rows:
        values[row] = None if apart[row] == ABSENT else apart[row]


def frame_of_reference(column, header, row_codes):
    demand(0 <= header.extra <= 3, "scale shift")
    codes, shift = codes_of(column, header, row_codes), header.extra
    values = [base + (code << shift) for base, code in zip(block_bases(column, header), codes)]
    if values and max(values) > -1 - ABSENT:
        values = [signed(value) for value in values]
    greatest = (1 << header.width) - 1
    if header[ABSENT_CODE]:
        for row, code in enumerate(codes):
            if code == greatest:
                values[row] = None
        greatest -= 1
    if header[EXCEPTIONS]:
        excepted(values, codes, greatest, listed(column, header))
    return values


def delta(column, header):
    demand(not header[TRANSPOSED] and not header[IN_ROW_CODES], "codes of a delta are plain")
    codes, slope = codes_of(column, header, None), header.extra
    values = [signed(base + slope * row + code) for row, (base, code)
              in enumerate(zip(block_bases(column, header), codes))]
    if header[EXCEPTIONS]:
        excepted(values, codes, (1 << header.width) - 1, listed(column, header))
    return values


def dictionary(column, header, row_codes):
    demand(1 <= header.extra <= 4096, "entries of a dictionary")
    part(column, header.second, 8 * header.extra, "entries")
    entries = absent_as_none(unpack_from(f"<{header.extra}q", column, header.second))
    codes, apart = codes_of(column, header, row_codes), {}
    if header[EXCEPTIONS]:
        apart, code = listed(column, header), (1 << header.width) - 1
        demand(code >= header.extra, "the code of exceptions is no entry's")
        entries += [None] * (code + 1 - header.extra)
    demand(not codes or max(codes) < len(entries), "codes are entries")
    values = [entries[code] for code in codes]
    if header[EXCEPTIONS]:
        excepted(values, codes, code, apart)
    return values


def flags(column, header):
    demand(header.width == 1, "width of flags")
    marks = bits(column, 64, (header.row_count + 63) // 64 * 64)
    demand("1" not in marks[header.row_count:], "bits past the last row")
    low, high = header.base, header.base + 1
    return [high if mark == "1" else low for mark in marks[:header.row_count]]


def nested(column, header):
    demand(header.second % 64 == 0, "a nested column begins at a multiple of 64")
    return part(column, header.second, header.second_size, "nested column")


def marked_rows(column, header, count):
    if header[LISTED_MARKS]:
        return exceptional_rows(column, 64, header.row_count, count)[0]
    return ranked_marks(column, 64, header.row_count)


def run_starts(column):
    """The rows that begin a run, of a column in run length."""
    header = Header(column)
    demand(header.encoding == RUN_LENGTH and not header[SHARED_RUNS], "runs of their own")
    starts = marked_rows(column, header, Header(nested(column, header)).row_count)
    demand(bool(starts) and starts[0] == 0, "the first row begins a run")
    return starts


def run_length(column, header, link):
    values = flat(nested(column, header))
    if header[SHARED_RUNS]:
        demand(link is not None, "a column shares the runs of the link")
        starts = link
    else:
        starts = run_starts(column)
    demand(len(starts) == len(values), "one value for each run")
    ends = starts[1:] + [header.row_count]
    return list(chain.from_iterable(
        repeat(value, end - start) for value, start, end in zip(values, starts, ends)))


def presence(column, header):
    values = flat(nested(column, header))
    rows = marked_rows(column, header, len(values))
    demand(len(rows) == len(values), "one value for each present row")
    all_values = [None] * header.row_count
    for row, value in zip(rows, values):
        all_values[row] = value
    return all_values


def plain(column, header):
    demand(header.width == 64, "width of plain values")
    part(column, 64, 8 * header.row_count, "plain values")
    return absent_as_none(unpack_from(f"<{header.row_count}q", column, 64))


FLAT = {CONSTANT: constant, DELTA: delta, FLAGS: flags, PLAIN: plain}
CODED = {FRAME: frame_of_reference, DICTIONARY: dictionary}


def flat(column, row_codes=None):
    """A column that is none of run length, presence and derived."""
    header = Header(column)
    if header.encoding in CODED:
        return CODED[header.encoding](column, header, row_codes)
    if header.encoding not in FLAT:
        raise Damage(f"a nested column is {NAMES[header.encoding]}")
    return FLAT[header.encoding](column, header)


def integers(column, link=None, row_codes=None):
    """The values of a column that is not derived; `link` are the segment's run starts, and
    `row_codes` the codes that columns of it have side by side."""
    header = Header(column)
    if header.encoding == RUN_LENGTH:
        return run_length(column, header, link)
    if header.encoding == PRESENCE:
        return presence(column, header)
    return flat(column, row_codes)


class Derived:
    """A column whose values follow from others: what it stores, and its exceptions."""

    def __init__(self, column, row_count, link=None, row_codes=None):
        header = Header(column)
        demand(header.encoding == DERIVED and header.row_count == row_count, "a derived column")
        self.is_table = header[TABLE]
        self.stored = part(column, header.second, header.second_size, "stored column")
        self.link, self.row_codes = link, row_codes
        self.rows, self.exceptional_texts, self.exceptional = [], None, None
        if header.exception_count:
            self.rows, _ = exceptional_rows(
                column, header.exceptions, row_count, header.exception_count)
            values = part(column, header.values, header.values_size, "column of exceptions")
            if header[EXCEPTIONAL_TEXTS]:
                self.exceptional_texts = values
            else:
                self.exceptional = integers(values)
                demand(len(self.exceptional) == len(self.rows), "one value for each exception")

    def stored_values(self):
        return integers(self.stored, self.link, self.row_codes)
