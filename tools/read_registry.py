#!/usr/bin/env python3
"""Prints the rows of a table of a registry as comma-separated text, as `hearth export` does.

Written from the format page alone (Sources/Segments/Segments.docc/Format.md), in Python without other packages than its
own and liblmdb, so that a registry can be read where Hearth is not. Every byte read is checked against its checksum and
its place in the layout; a file that breaks a promise of the format is refused.
"""

import argparse
import resource
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

from lmdb_file import LMDBError  # noqa: E402
from second_reader.damage import Damage  # noqa: E402
from second_reader.registry import Registry  # noqa: E402
from second_reader.rows import lines  # noqa: E402


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="the registry")
    parser.add_argument("table", nargs="?", help="the table; without it, what there is")
    parser.add_argument("--encodings", action="store_true",
                        help="also say, on the standard error, which encodings were read")
    parser.add_argument("--memory", action="store_true",
                        help="also say, on the standard error, how many bytes it took at most")
    options = parser.parse_args()
    try:
        with Registry(options.file) as registry:
            show(registry, options)
    except (Damage, LMDBError) as reason:
        sys.exit(f"{options.file}: {reason}")
    except BrokenPipeError:
        sys.stderr.close()


def show(registry, options):
    if options.table is None:
        for table in registry.tables:
            print(f"{table.name}: {table.row_count + table.added_count} rows in {table.segment_count} segments")
        return
    if options.table not in registry.table:
        sys.exit(f"{options.file} has no table {options.table}")
    for some in lines(registry, registry.table[options.table]):
        sys.stdout.buffer.write(some)
    sys.stdout.flush()
    if options.encodings:
        for name, times in sorted(registry.features.items()):
            print(f"{name}: {times}", file=sys.stderr)
    if options.memory:
        byte_count = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(f"memory: {byte_count}", file=sys.stderr)


main()
