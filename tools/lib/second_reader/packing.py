"""Packed codes, lists of exceptional rows and marks: what columns of both kinds are made of."""

from struct import unpack_from

from .damage import demand

BLOCK_ROWS = 1024


def padded(byte_count):
    """P of the format page: up to whole eight bytes."""
    return (byte_count + 7) // 8 * 8


def signed(number):
    """A number that wraps around as 64 signed bits do."""
    return (number + (1 << 63) & (1 << 64) - 1) - (1 << 63)


def part(column, offset, byte_count, what):
    demand(0 <= offset and offset + byte_count <= len(column), f"{what} leaves its column")
    return column[offset:offset + byte_count]


def plain_codes(column, offset, width, count):
    """Codes of `width` bits, low bit first."""
    if width == 0:
        return [0] * count
    byte_count = (count * width + 7) // 8
    part(column, offset, byte_count + 8, "packed codes")
    if width in (8, 16, 32, 64):
        kind = {8: "B", 16: "H", 32: "I", 64: "Q"}[width]
        return list(unpack_from(f"<{count}{kind}", column, offset))
    # Eight codes are a whole number of bytes.
    mask, codes, take = (1 << width) - 1, [], codes_of_eight(width)
    whole = count // 8
    for eight in range(whole):
        at = offset + eight * width
        codes += take(int.from_bytes(column[at:at + width], "little"))
    at = offset + whole * width
    rest = int.from_bytes(column[at:offset + byte_count], "little")
    codes += [rest >> index * width & mask for index in range(count - 8 * whole)]
    return codes


def codes_of_eight(width):
    mask = (1 << width) - 1
    b, c, d, e, f, g, h = (index * width for index in range(1, 8))
    return lambda x: (x & mask, x >> b & mask, x >> c & mask, x >> d & mask, x >> e & mask,
                      x >> f & mask, x >> g & mask, x >> h)


def transposed_codes(column, offset, width, count):
    """Codes of 1 to 16 bits across 64 lanes, block by block."""
    demand(1 <= width <= 16, "width of transposed codes")
    codes, mask = [], (1 << width) - 1
    for block in range((count + BLOCK_ROWS - 1) // BLOCK_ROWS):
        at = offset + block * 128 * width
        part(column, at, 128 * width, "transposed codes")
        words = unpack_from(f"<{64 * width}H", column, at)
        for turn in range(16):
            row, shift = divmod(turn * width, 16)
            lanes = words[64 * row:64 * row + 64]
            if shift + width <= 16:
                codes += [lane >> shift & mask for lane in lanes]
            else:
                above = words[64 * row + 64:64 * row + 128]
                codes += [(low | high << 16) >> shift & mask for low, high in zip(lanes, above)]
    demand(not any(codes[count:]), "codes past the last row")
    return codes[:count]


def bits(column, offset, count):
    """Bits as a text of 0 and 1, the lowest first."""
    content = part(column, offset, (count + 7) // 8, "bits")
    return f"{int.from_bytes(content, 'little'):0{8 * len(content)}b}"[::-1]


def exceptional_rows(column, offset, row_count, count):
    """The ascending rows of a list, after its directory of blocks; and where the rows end."""
    blocks = (row_count + BLOCK_ROWS - 1) // BLOCK_ROWS
    part(column, offset, padded(2 * blocks) + padded(2 * count), "exceptions")
    before = unpack_from(f"<{blocks}H", column, offset)
    at = offset + padded(2 * blocks)
    rows = list(unpack_from(f"<{count}H", column, at))
    demand(all(low < high for low, high in zip(rows, rows[1:])), "exceptions ascend")
    demand(not rows or rows[-1] < row_count, "exceptions are rows")
    index = 0
    for block, told in enumerate(before):
        while index < count and rows[index] < block * BLOCK_ROWS:
            index += 1
        demand(told == index, "the directory of exceptions")
    return rows, at + padded(2 * count)


def exceptions(column, offset, row_count, count):
    """Rows and values of a list that has its values beside it."""
    rows, at = exceptional_rows(column, offset, row_count, count)
    base, width = unpack_from("<qB", column, at)
    demand(width in (1, 2, 4, 8), "bytes of an exception's value")
    demand(not any(column[at + 9:at + 16]), "zeros of an exception list")
    part(column, at + 16, width * count, "values of exceptions")
    kind = {1: "B", 2: "H", 4: "I", 8: "Q"}[width]
    distances = unpack_from(f"<{count}{kind}", column, at + 16)
    return dict(zip(rows, (signed(base + distance) for distance in distances)))


def ranked_marks(column, offset, row_count):
    """The marked rows: groups of a count and 240 bits."""
    rows = []
    for group in range((row_count + 239) // 240):
        content = part(column, offset + 32 * group, 32, "marks")
        demand(unpack_from("<H", content)[0] == len(rows), "the count of marks before a group")
        first = 240 * group
        rows += [first + bit for bit, mark in enumerate(bits(content, 2, 240)) if mark == "1"]
    demand(not rows or rows[-1] < row_count, "marks are rows")
    return rows
