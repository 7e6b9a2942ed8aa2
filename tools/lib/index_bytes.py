"""Reads the size of an index out of what `hearth stats --json` prints."""

import json


def index_byte_count(text, table, index):
    """The bytes of one index of one table; None when the statistics do not name it."""
    for each in json.loads(text)["tables"]:
        if each["name"] == table:
            for entry in each["indexes"]:
                if entry["name"] == index:
                    return entry["bytes"]
    return None
