"""The rows of a table as comma-separated text, as `hearth export` writes it."""

import datetime

from .values import EPOCH, Values, digit_count, list_name


def quoted(text):
    """A text as a field: in quotes where it holds a comma, a quote or an end of line, or nothing."""
    if not text or b"," in text or b'"' in text or b"\n" in text or b"\r" in text:
        return b'"' + text.replace(b'"', b'""') + b'"'
    return text


def day_text(stored):
    day = datetime.date.fromordinal((stored >> 2) + EPOCH)
    parts = (b"%04d-%02d-%02d", b"%04d-%02d", b"%04d")[stored & 3]
    return parts % (day.year, day.month, day.day)[:3 - (stored & 3)]


def decimal_text(stored, scale):
    sign, digits = ("-" if stored < 0 else ""), str(abs(stored)).rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}" if scale else f"{sign}{digits}"


class Remembered(dict):
    """The texts of values, each made once."""

    def __init__(self, make):
        super().__init__({None: b""})
        self.make = make

    def __missing__(self, value):
        text = self[value] = self.make(value)
        return text


def format_of(registry, field):
    """From the values of a column to their texts."""
    kind = field["type"]
    if kind == "text":
        return lambda values: [b"" if value is None else quoted(value) for value in values]
    if kind.startswith("digits("):
        form = f"%0{digit_count(field)}d".encode()
        return lambda values: [b"" if value is None else form % value for value in values]
    if kind.startswith("code("):
        codes = registry.codes(list_name(field))
        known = Remembered(lambda value: quoted(codes[value]))
    elif kind == "day":
        known = Remembered(day_text)
    elif kind.startswith("decimal("):
        scale = int(kind[len("decimal("):-1])
        known = Remembered(lambda value: decimal_text(value, scale).encode())
    else:
        known = Remembered(lambda value: b"%d" % value)
    return lambda values: [known[value] for value in values]


def lines(registry, table):
    """The header and then the rows of a table, many lines at a time.

    Rows that changed since their segments were written come last.
    """
    values = Values(registry)
    formats = [format_of(registry, field) for field in table.fields]
    yield ",".join(field["name"] for field in table.fields).encode() + b"\n"
    for number in range(table.segment_count):
        texts = [form(values.of(table, number, field))
                 for field, form in zip(table.fields, formats)]
        rows = list(map(b",".join, zip(*texts)))
        removed = registry.removed(table, number) | {
            row & 65535 for row in table.fresh if row >> 16 == number}
        if removed:
            rows = [row for place, row in enumerate(rows) if place not in removed]
        if rows:
            yield b"\n".join(rows) + b"\n"
    for _, row in sorted(table.fresh.items()):
        if row is not None:
            yield b",".join(form([value])[0] for form, value in zip(formats, row)) + b"\n"
