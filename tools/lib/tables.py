"""Compares tables that were written as text, value by value."""

import csv
import itertools

# A text may have a mebibyte.
csv.field_size_limit(1 << 24)


def rows_of_csv(path):
    """The rows of a file of comma-separated text, its header first."""
    with open(path, newline="", encoding="utf-8") as file:
        yield from csv.reader(file)


def differences(ours, theirs):
    """Rows and values compared, and the first difference, named by its row and field."""
    rows = values = 0
    pairs = itertools.zip_longest(rows_of_csv(ours), rows_of_csv(theirs))
    header, other_header = next(pairs)
    if header != other_header:
        return 0, 0, "the headers differ"
    for left, right in pairs:
        if left is None or right is None:
            return rows, values, f"one has {rows} rows, the other more"
        rows += 1
        values += len(left)
        if left != right:
            for name, value, other in itertools.zip_longest(header, left, right):
                if value != other:
                    return rows, values, f"row {rows}, {name}: {value!r}, {other!r}"
    return rows, values, None
