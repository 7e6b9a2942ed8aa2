"""The values of a registry's fields: what columns store, and what follows from other columns."""

import datetime
from bisect import bisect_right
from collections import OrderedDict
from itertools import repeat

from .damage import Damage, demand
from .integers import DERIVED, Derived, RowCodes, integers, run_starts
from .registry import LINK, ROW_CODES
from .texts import texts

EPOCH = datetime.date(1970, 1, 1).toordinal()
SEGMENTS_KEPT = 6


def digit_count(field):
    return int(field["type"][len("digits("):-1])


def list_name(field):
    return field["type"][len("code("):-1]


def year_of(stored):
    return datetime.date.fromordinal((stored >> 2) + EPOCH).year


class Segment:
    """The columns of one segment, and the values that were asked for."""

    def __init__(self, registry, table, number):
        self.columns, self.row_count = registry.part(table, 0, number)
        if table.has_second_part:
            second, row_count = registry.part(table, 1, number)
            demand(row_count == self.row_count, "both parts of a segment have the same rows")
            demand(not set(second) & set(self.columns), "a field has one column")
            demand(ROW_CODES not in second, "row codes lie in the first part")
            self.columns.update(second)
        row_codes = self.columns.pop(ROW_CODES, None)
        self.row_codes = row_codes and RowCodes(row_codes, self.row_count)
        numbers = {field["number"] for field in table.fields} | {LINK}
        demand(set(self.columns) <= numbers, "columns are of fields")
        self.first_row = number << 16
        self.values = {}
        self.read_link(table)

    def read_link(self, table):
        """The positional parent of each row, its parent, and where the runs of the link begin."""
        self.runs = None
        demand((LINK in self.columns) == (table.parent is not None), "a link to the parent")
        if table.parent is None:
            return
        column, apart = self.columns[LINK], {}
        if column[0] == DERIVED:
            derived = Derived(column, self.row_count)
            column = derived.stored
            if derived.rows:
                apart = dict(zip(derived.rows, derived.exceptional))
        self.runs = run_starts(column)
        self.positional = integers(column)
        demand(len(self.positional) == self.row_count, "the link has the rows of its segment")
        self.parents = list(self.positional)
        for row, parent in apart.items():
            self.parents[row] = parent


class Values:
    """Answers what a field holds in all rows of a segment."""

    def __init__(self, registry):
        self.registry = registry
        self.segments = OrderedDict()

    def segment(self, table, number):
        key = table.position, number
        if key in self.segments:
            self.segments.move_to_end(key)
        else:
            self.segments[key] = Segment(self.registry, table, number)
            of_table = [known for known in self.segments if known[0] == table.position]
            if len(of_table) > SEGMENTS_KEPT:
                del self.segments[of_table[0]]
        return self.segments[key]

    def of(self, table, number, field):
        """Integers, or bytes of a text; None where absent."""
        segment = self.segment(table, number)
        if field["name"] not in segment.values:
            segment.values[field["name"]] = self.read(table, number, field)
        return segment.values[field["name"]]

    def read(self, table, number, field):
        segment = self.segment(table, number)
        column = segment.columns.get(field["number"])
        if column is None:
            return [None] * segment.row_count
        is_text = field["type"] == "text"
        if column[0] == DERIVED:
            values = self.derived(table, number, field, column)
        elif is_text:
            values = texts(column, self.registry.words(field))
        else:
            values = integers(column, segment.runs, segment.row_codes)
        demand(len(values) == segment.row_count, f"the rows of {field['name']}")
        return values

    def derived(self, table, number, field, column):
        segment = self.segment(table, number)
        derived = Derived(column, segment.row_count, segment.runs, segment.row_codes)
        values = list(self.following(table, number, field, derived))
        apart = derived.exceptional
        if derived.exceptional_texts is not None:
            apart = texts(derived.exceptional_texts, self.registry.words(field))
            demand(len(apart) == len(derived.rows), "one text for each exception")
        for index, row in enumerate(derived.rows):
            values[row] = apart[index]
        return values

    def following(self, table, number, field, derived):
        """The values as they follow, exceptions not looked at."""
        rule = field.get("derived")
        if rule is None:
            demand(table.parent is not None and table.parent["field"] == field["name"],
                   f"{field['name']} is derived")
            parent = self.registry.table[table.parent["table"]]
            return self.of_parents(table, number, parent, parent.field[parent.key])
        (kind, what), = rule.items()
        if kind == "parent":
            parent = self.registry.table[table.parent["table"]]
            return self.of_parents(table, number, parent, parent.field[what])
        if kind == "digits":
            return self.digits(table, number, what, derived)
        if kind == "text":
            return self.pieces(table, number, what, derived)
        if kind == "difference":
            others = self.of(table, number, table.field[what])
            return (None if other is None else other - stored
                    for other, stored in zip(others, derived.stored_values()))
        if kind == "mapped":
            demand(derived.is_table, "the stored column of a mapped field is a table")
            entries = derived.stored_values()
            return (entries[other] if other is not None and 0 <= other < len(entries) else None
                    for other in self.of(table, number, table.field[what]))
        if kind == "children":
            counts, _ = self.children(table, number, self.registry.table[what])
            return (count if stored == 0 else None
                    for count, stored in zip(counts, derived.stored_values()))
        if kind == "firstChild":
            child = self.registry.table[what["table"]]
            values = self.of_first_children(table, number, child, child.field[what["field"]])
            return (value if stored == 0 else None
                    for value, stored in zip(values, derived.stored_values()))
        raise Damage(f"a field is derived by {kind}")

    # Parents and children

    def of_parents(self, table, number, parent, field):
        last, values = None, None
        for row in self.segment(table, number).parents:
            if row is None:
                yield None
                continue
            if row >> 16 != last:
                last = row >> 16
                values = self.of(parent, last, field)
            yield values[row & 65535]

    def children(self, table, number, child):
        """How many places of `child` lie at each row, and the first of them."""
        segment = self.segment(table, number)
        counts, firsts = [0] * segment.row_count, [None] * segment.row_count
        begin, end = segment.first_row, segment.first_row + segment.row_count
        starts = child.first_parents
        for of_child in range(len(starts)):
            if starts[of_child] >= end or (
                    of_child + 1 < len(starts) and starts[of_child + 1] < begin):
                continue
            for place, parent in enumerate(self.segment(child, of_child).positional):
                if parent is not None and begin <= parent < end:
                    counts[parent - begin] += 1
                    if firsts[parent - begin] is None:
                        firsts[parent - begin] = of_child << 16 | place
        return counts, firsts

    def of_first_children(self, table, number, child, field):
        _, firsts = self.children(table, number, child)
        for row in firsts:
            yield None if row is None else self.of(child, row >> 16, field)[row & 65535]

    # Digits

    def digits(self, table, number, parts, derived):
        counts = [self.digits_of(part) for part in parts]
        totals = derived.stored_values()
        for index, part in enumerate(parts):
            if "stored" in part:
                demand(index == len(parts) - 1, "stored digits come last")
                continue
            factor = 10 ** sum(counts[index + 1:])
            totals = [None if total is None else total + factor * term for total, term
                      in zip(totals, self.terms(table, number, part))]
        return totals

    @staticmethod
    def digits_of(part):
        if "stored" in part:
            return part["stored"]
        if "centuryAndSex" in part:
            return 1
        return 2 if "year" in part else part["digits"]

    def terms(self, table, number, part):
        """What a part of the digits adds, row by row."""
        if "centuryAndSex" in part:
            day, sex = (table.field[part["centuryAndSex"][name]] for name in ("day", "sex"))
            known = {}
            for born, which in zip(self.of(table, number, day), self.of(table, number, sex)):
                second = 1 if which == 1 else 0
                if born is None:
                    yield second
                    continue
                century = known.get(born)
                if century is None:
                    century = known[born] = (year_of(born) // 100 - 19) * 2
                yield (century + second) % 10
            return
        if "year" in part:
            known = {None: 0}
            for born in self.of(table, number, table.field[part["year"]]):
                if born not in known:
                    known[born] = year_of(born) % 100
                yield known[born]
            return
        if "leading" in part:
            other = table.field[part["leading"]]
            divisor = 10 ** (digit_count(other) - part["digits"])
            for value in self.of(table, number, other):
                yield 0 if value is None else value // divisor
            return
        other = table.field[part["code"] if "code" in part else part["of"]]
        numbers = self.numbers_of_codes(list_name(other), part)
        for value in self.of(table, number, other):
            yield numbers[value] if value is not None and value < len(numbers) else 0

    def numbers_of_codes(self, name, part):
        """What each code that the schema lists adds as digits."""
        listed = self.registry.code_lists[name]
        at = 0 if "code" in part else 1 + listed["attributes"].index(part["attribute"])
        numbers = []
        for code in listed["codes"]:
            text = code[at]
            fits = text.isascii() and text.isdigit() and len(text) <= part["digits"]
            numbers.append(int(text) if fits else 0)
        return numbers

    # Texts

    def pieces(self, table, number, alternatives, derived):
        made = [[self.as_text(table, number, table.field[name]) for name in alternative]
                for alternative in alternatives]
        for row, stored in enumerate(derived.stored_values()):
            if stored is None or not 0 <= stored < len(made):
                yield None
                continue
            pieces = [texts_of[row] for texts_of in made[stored]]
            yield None if None in pieces else b"".join(pieces)

    def as_text(self, table, number, field):
        values = self.of(table, number, field)
        if field["type"].startswith("digits("):
            count = digit_count(field)
            return [None if value is None else b"%0*d" % (count, value) for value in values]
        if field["type"].startswith("code("):
            codes = self.registry.codes(list_name(field))
            return [None if value is None else codes[value] for value in values]
        demand(field["type"] == "text", "pieces of a text are digits, codes and texts")
        return values
