"""A registry as its file says: catalog, schema, words and segments, each checked when it is read."""

import json
from collections import Counter
from struct import unpack, unpack_from

from lmdb_file import File

from . import integers as columns
from .damage import demand
from .xxh3 import xxh3

LINK = 65535
WORDS_A_CHUNK = 4096
MASK = (1 << 64) - 1
PART_COUNTS = {"whole": 1, "name": 3, "address": 3}


def mix(number):
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & MASK
    return number ^ (number >> 31)


def key_of(first, second):
    return first.to_bytes(4, "big") + second.to_bytes(4, "big")


class Cursor:
    """Reads a value from front to back."""

    def __init__(self, content, offset=0):
        self.content, self.offset = content, offset

    def take(self, form):
        values = unpack_from("<" + form, self.content, self.offset)
        for letter in form:
            self.offset += {"B": 1, "H": 2, "I": 4, "Q": 8, "q": 8}[letter]
        return values if len(values) > 1 else values[0]

    def text(self):
        count = self.take("I")
        self.offset += count
        return bytes(self.content[self.offset - count:self.offset]).decode()


class Run:
    """An index run as the catalog names it."""

    def __init__(self, cursor):
        self.number, self.partition_bits, self.key_bits, zero = cursor.take("IBBH")
        self.first_segment, self.segment_count, self.entry_count = cursor.take("IIQ")
        demand(zero == 0 and self.partition_bits <= 16 and self.key_bits in (40, 64), "a run")


class Table:
    """A table: its declaration, and what the catalog holds of it."""

    def __init__(self, position, declared):
        self.position, self.declared = position, declared
        self.name, self.key, self.parent = (
            declared["name"], declared.get("key"), declared.get("parent"))
        self.fields = declared["fields"]
        self.field = {field["name"]: field for field in self.fields}
        self.indexes = declared.get("indexes", [])

    def read(self, cursor):
        self.segment_count, self.row_count, emptied, zero = cursor.take("IQII")
        demand(zero == 0, "zero after the count of segments with emptied places")
        self.emptied = dict(cursor.take("II") for _ in range(emptied))
        demand(list(self.emptied) == sorted(self.emptied), "segments with emptied places rise")
        self.removed_count = sum(self.emptied.values())
        rewritten, zero = cursor.take("II")
        demand(zero == 0, "zero after the count of segments written anew")
        segments = [cursor.take("QQ")[0] for _ in range(rewritten)]
        demand(segments == sorted(set(segments)) and all(
            segment < self.segment_count for segment in segments), "segments written anew")
        first_parents = cursor.take("I")
        self.first_parents = [cursor.take("Q") for _ in range(first_parents)]
        demand(first_parents == (self.segment_count if self.parent else 0), "first parents")
        demand(self.first_parents == sorted(self.first_parents), "first parents rise")
        index_count = cursor.take("I")
        demand(index_count == len(self.indexes) + (self.parent is not None), "indexes of a table")
        self.runs = [[Run(cursor) for _ in range(cursor.take("I"))] for _ in range(index_count)]

    @property
    def has_second_part(self):
        return any(kind in field.get("derived", {}) for field in self.fields
                   for kind in ("children", "firstChild"))


class Words:
    """The dictionaries of a field that is kept as words, and how its words join."""

    def __init__(self, split, parts):
        self.part_count, self.parts = len(parts), parts
        self.join = {"whole": self.whole, "name": self.name, "address": self.address}[split]

    def whole(self, code):
        return self.parts[0][code[0]]

    def name(self, code):
        surname, middle, given = (part[word] for part, word in zip(self.parts, code))
        return (surname and surname + b" ") + (middle and middle + b" ") + given

    def address(self, code):
        first, second, rest = (part[word] for part, word in zip(self.parts, code))
        pieces = rest.split(b"\x01", 2)
        numbers = (first, second)[:len(pieces) - 1]
        text = pieces[0]
        for number, piece in zip(numbers, pieces[1:]):
            text += number + piece
        return text


class Registry:
    """One snapshot of a registry, open for one `with` block."""

    def __init__(self, path):
        self.file = File(path, locking=True)
        self.features = Counter()

    def __enter__(self):
        self.file.__enter__()
        self.read_schema()
        self.read_catalog()
        self.read_changes()
        return self

    def __exit__(self, *what):
        self.file.__exit__(*what)

    def value(self, keyspace, key, what):
        content = self.file.get(keyspace, key)
        demand(content is not None, f"{what} is missing")
        return content

    def sealed(self, keyspace, key, what, mixed=0):
        """A value that ends with its own hash, xor `mixed`."""
        content = self.value(keyspace, key, what)
        demand(len(content) >= 8
               and xxh3(content[:-8]) ^ mixed == unpack("<Q", content[-8:])[0],
               f"the checksum of {what}")
        return content[:-8]

    # Catalog and schema

    def read_schema(self):
        self.schema_bytes = self.sealed("catalog", b"schema", "the schema")
        schema = json.loads(self.schema_bytes)
        self.tables = [Table(*item) for item in enumerate(schema["tables"])]
        self.table = {table.name: table for table in self.tables}
        self.code_lists = {listed["name"]: listed for listed in schema["codeLists"]}
        demand(list(self.code_lists) == sorted(self.code_lists), "code lists by name")

    def read_catalog(self):
        content = self.sealed("catalog", b"catalog", "the catalog")
        cursor = Cursor(content)
        demand(content[:8] == b"HEARTHCT", "magic of the catalog")
        cursor.offset = 8
        version, zero = cursor.take("II")
        demand(version == 1 and zero == 0, "format version 1")
        self.layout, self.change, self.next_run, table_count = cursor.take("QQII")
        demand(table_count == len(self.tables), "tables of catalog and schema")
        for table in self.tables:
            table.read(cursor)
        self.dictionaries, self.frozen = [], set()
        for _ in range(cursor.take("I")):
            name = cursor.text()
            word_count, frozen, *zeros = cursor.take("IBBBB")
            demand(frozen in (0, 1) and not any(zeros), "a dictionary in the catalog")
            if frozen:
                self.frozen.add(name)
            self.dictionaries.append((name, word_count))
        expected = [f"list:{name}" for name in self.code_lists] + self.word_dictionaries()
        demand([name for name, _ in self.dictionaries] == expected, "the list of dictionaries")
        self.loads = []
        for _ in range(cursor.take("I")):
            number, seconds, stored, refused, files = cursor.take("QQQQI")
            self.loads.append((number, seconds, stored, refused, [
                (cursor.text(), *cursor.take("QQ")) for _ in range(files)]))
        demand(cursor.offset == len(content), "the catalog ends where its lists end")
        self.words_of = {}

    def word_dictionaries(self):
        names = []
        for table in self.tables:
            for field in table.fields:
                for part in range(PART_COUNTS.get(field.get("words"), 0)):
                    name = f"words:{field['dictionary']}.{part + 1}"
                    if name not in names:
                        names.append(name)
        return names

    # Changes

    def read_changes(self):
        """What changes have left: rows that lie apart from their segments, by their numbers."""
        for table in self.tables:
            table.fresh, table.added_count = {}, 0
        if self.file.get("catalog", b"changes") is not None:
            content = self.sealed("catalog", b"changes", "the state of changes")
            magic, _, _, table_count, zero = unpack_from("<8sQQII", content)
            demand(magic == b"HEARTHCS" and table_count == len(self.tables) and zero == 0
                   and len(content) == 32 + 24 * table_count, "the state of changes")
            for index, table in enumerate(self.tables):
                table.fresh_count, table.added_count = unpack_from(
                    "<I12xq", content, 32 + 24 * index)
        for key, content in self.file.items("fresh"):
            number, row = unpack(">II", key)
            demand(number >> 16 < len(self.tables) and number & 65535 == 0, "a row's number")
            table = self.tables[number >> 16]
            table.fresh[row] = self.whole_row(table, row, content, number << 32 | row)
        for table in self.tables:
            demand(len(table.fresh) == getattr(table, "fresh_count", 0), "rows that lie apart")

    def whole_row(self, table, row, content, key):
        """The values of a row that lies apart, by field; None for a place that was emptied."""
        what = f"row {row} of {table.name} that lies apart"
        demand(len(content) >= 32
               and xxh3(content[:-8]) ^ mix(key) == unpack("<Q", content[-8:])[0],
               f"the checksum of {what}")
        kind, zero, count, zeros = unpack_from("<BBHI", content)
        demand(kind in (0, 1) and zero == zeros == 0 and count == len(table.fields), what)
        values, offset = [], 24 + 8 * count
        for field, stored in zip(table.fields, unpack_from(f"<{count}q", content, 24)):
            if field["type"] != "text":
                values.append(None if stored == -1 << 63 else stored)
            elif stored == -1:
                values.append(None)
            else:
                demand(0 <= stored <= len(content) - 8 - offset, what)
                values.append(content[offset:offset + stored])
                offset += stored
        demand(offset == len(content) - 8, f"the end of {what}")
        self.features["row apart" if kind == 0 else "emptied row apart"] += 1
        return values if kind == 0 else None

    # Words

    def dictionary(self, name):
        """The words of a dictionary, as many as the catalog counts."""
        if name not in self.words_of:
            number = [known for known, _ in self.dictionaries].index(name)
            count, words = self.dictionaries[number][1], []
            for chunk in range((count + WORDS_A_CHUNK - 1) // WORDS_A_CHUNK):
                words += self.chunk(number, chunk)
            demand(len(words) >= count, f"the words of {name}")
            self.words_of[name] = words[:count]
        return self.words_of[name]

    def chunk(self, dictionary, chunk):
        what = f"chunk {chunk} of dictionary {dictionary}"
        content = self.value("word", key_of(dictionary, chunk), what)
        told, count, zero = unpack_from("<QII", content)
        demand(xxh3(content[8:]) ^ mix(dictionary << 32 | chunk) == told, f"checksum of {what}")
        demand(1 <= count <= WORDS_A_CHUNK and zero == 0, what)
        begins = unpack_from(f"<{count + 1}I", content, 16)
        start = 16 + 4 * (count + 1)
        demand(all(low <= high for low, high in zip(begins, begins[1:])), f"beginnings in {what}")
        demand(begins[0] == 0 and start + begins[-1] == len(content), f"the end of {what}")
        return [content[start + low:start + high] for low, high in zip(begins, begins[1:])]

    def words(self, field):
        """How the codes of a field of words are resolved; None for a field that has no words."""
        split = field.get("words")
        if split is None:
            return None
        return Words(split, [self.dictionary(f"words:{field['dictionary']}.{part + 1}")
                             for part in range(PART_COUNTS[split])])

    def codes(self, list_name):
        return self.dictionary(f"list:{list_name}")

    # Segments

    def part(self, table, part, segment):
        """The columns of a part of a segment by field number, checked; and its row count."""
        what = f"part {part} of segment {segment} of {table.name}"
        key = key_of(table.position << 16 | part, segment)
        content = self.value("segment", key, what)
        (magic, version, number, told_segment, row_count, column_count, told_part, byte_count,
         *zeros) = unpack_from("<8sHHIIHHQQQ", content)
        demand(magic == b"HEARTHSG" and version == 1, f"header of {what}")
        demand((number, told_segment, told_part) == (table.position, segment, part),
               f"the header of {what} names another")
        demand(1 <= row_count <= 65536 and byte_count == len(content) and not any(zeros),
               f"header of {what}")
        checksums = self.value("checksum", key, f"checksums of {what}")
        demand(len(checksums) == 8 * (column_count + 1), f"checksums of {what}")
        checksums = unpack(f"<{column_count + 1}Q", checksums)
        header_size = 48 + 16 * column_count
        demand(xxh3(content[:header_size]) == checksums[0], f"checksum of the header of {what}")
        found, end = {}, header_size
        for index in range(column_count):
            field, zero, size, offset = unpack_from("<HHIQ", content, 48 + 16 * index)
            demand(zero == 0 and (offset + 16) % 64 == 0 and offset >= end, f"a column of {what}")
            demand(not any(content[end:offset]), f"zeros between columns of {what}")
            column, end = content[offset:offset + size], offset + size
            demand(len(column) == size, f"a column of {what} leaves it")
            demand(xxh3(column) == checksums[index + 1], f"checksum of field {field} in {what}")
            found[field] = column
            self.features.update(columns.features(column))
        demand(not any(content[end:]), f"zeros at the end of {what}")
        return found, row_count

    def removed(self, table, segment):
        """The empty places of a segment, as a set."""
        key = key_of(table.position << 16, segment)
        if segment not in table.emptied:
            demand(self.file.get("removed", key) is None, "empty places that nobody counts")
            return frozenset()
        content = self.sealed("removed", key, "empty places",
                              mix(table.position << 48 | segment))
        demand(len(content) == 8192, "bytes of empty places")
        places = frozenset(place for place in range(65536)
                           if content[place >> 3] >> (place & 7) & 1)
        demand(len(places) == table.emptied[segment], "the number of empty places")
        return places
