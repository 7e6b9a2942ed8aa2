#!/usr/bin/env python3
"""DuckDB's plain load of the flat list: typed tables, no key, no index.

    duckdb_load.py PEOPLE FILE [--threads N]

Reads households.csv and persons.csv of the folder PEOPLE into a new database FILE and prints one
JSON object: wall seconds from opening the file to closing it after the checkpoint, and its bytes.
"""

import argparse
import json
import os
import time

import duckdb

# Favourable types: numbers as integers, days as dates, codes of digits as the smallest integers.
PERSON_TYPES = {
    "person_id": "BIGINT", "household_id": "BIGINT", "full_name": "VARCHAR", "sex": "VARCHAR",
    "birth_date": "DATE", "ethnicity": "UTINYINT", "relation": "UTINYINT", "marital": "UTINYINT",
    "education": "UTINYINT", "occupation": "UTINYINT", "commune": "INTEGER",
    "birth_province": "UTINYINT", "address": "VARCHAR", "phone": "VARCHAR", "old_id": "INTEGER",
    "insurance_no": "BIGINT", "card_no": "VARCHAR", "group": "VARCHAR", "facility": "VARCHAR",
    "valid_from": "DATE", "valid_to": "DATE", "status": "VARCHAR",
}
HOUSEHOLD_TYPES = {
    "household_id": "BIGINT", "head_person_id": "BIGINT", "commune": "INTEGER",
    "address": "VARCHAR", "member_count": "UTINYINT", "poverty": "UTINYINT",
    "dwelling": "UTINYINT", "phone": "VARCHAR", "registered_on": "DATE",
}


def load(connection, table, types, path):
    columns = ", ".join(f"'{name}': '{type_name}'" for name, type_name in types.items())
    connection.execute(
        f"create table {table} as select * from read_csv(?, header = true, delim = ',', "
        f"quote = '\"', escape = '\"', auto_detect = false, columns = {{{columns}}})", [path])
    return connection.execute(f"select count(*) from {table}").fetchone()[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("people")
    parser.add_argument("file")
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    for path in (options.file, options.file + ".wal"):
        if os.path.exists(path):
            os.remove(path)
    started = time.monotonic()
    connection = duckdb.connect(options.file)
    if options.threads:
        connection.execute(f"set threads = {options.threads}")
    households = load(connection, "households", HOUSEHOLD_TYPES, options.people + "/households.csv")
    persons = load(connection, "persons", PERSON_TYPES, options.people + "/persons.csv")
    connection.execute("checkpoint")
    connection.close()
    print(json.dumps({
        "peer": f"DuckDB {duckdb.__version__}", "persons": persons, "households": households,
        "seconds": time.monotonic() - started, "bytes": os.path.getsize(options.file),
    }))


main()
