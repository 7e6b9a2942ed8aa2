#!/usr/bin/env python3
"""The six counts of the comparison, asked of DuckDB.

    duckdb_count.py FILE --places COMMUNES --commune CODE [--year YEAR] [--ending DAY]

FILE was made by duckdb_load.py. COMMUNES is a comma-separated file of commune and province codes.
Prints one JSON object: for each count its groups, and the milliseconds (median of five, hot) with
one and with two threads. Groups are written `key|key` with codes as the input had them.

    a  birth province, sex, age band of five years on 1 January of YEAR
    b  card group, province of the commune, where the status is active
    c  persons of one commune born more than 80 years before that day
    d  households by number of members and poverty
    e  persons whose coverage ends before a day
    f  communes in which each ethnicity lives
"""

import argparse
import json
import time

import duckdb

RUNS = 5

QUERIES = {
    # Completed years on 1 January; four times as fast as datesub.
    "a": """select lpad(birth_province::varchar, 2, '0') || '|' || sex || '|' || band * 5, n from (
              select birth_province, sex, ({year} - 1 - year(birth_date - 1)) // 5 as band,
                     count(*) as n
              from persons group by all)""",
    # By commune first: a fifth faster than joining every person.
    "b": """select "group" || '|' || lpad(province::varchar, 2, '0'), n from (
              select "group", province, sum(n)::bigint as n from (
                select "group", commune, count(*) as n
                from persons where status = 'A' group by all)
              join places using (commune) group by all)""",
    "c": """select '', count(*) from persons
            where commune = {commune} and birth_date < DATE '{past_80}-01-01'""",
    "d": """select member_count || '|' || poverty, n from (
              select member_count, poverty, count(*) as n from households group by all)""",
    "e": "select '', count(*) from persons where valid_to < DATE '{ending}'",
    "f": """select lpad(ethnicity::varchar, 2, '0'), n from (
              select ethnicity, count(distinct commune) as n from persons group by ethnicity)""",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--places", required=True)
    parser.add_argument("--commune", required=True)
    parser.add_argument("--year", type=int, default=2026)
    parser.add_argument("--ending", default="2026-03-01")
    parser.add_argument("--counts", default="abcdef", help="which of the counts")
    options = parser.parse_args()
    connection = duckdb.connect(options.file, read_only=True)
    connection.execute(
        "create temp table places as select * from read_csv(?, header = true, "
        "auto_detect = false, columns = {'commune': 'INTEGER', 'province': 'UTINYINT'})",
        [options.places])
    answer = {"peer": f"DuckDB {duckdb.__version__}", "groups": {}, "milliseconds": {}}
    queries = {
        name: QUERIES[name].format(
            year=options.year, past_80=options.year - 80, ending=options.ending,
            commune=int(options.commune))
        for name in options.counts
    }
    for name, query in queries.items():
        answer["groups"][name] = dict(connection.execute(query).fetchall())
    for threads in (1, 2):
        connection.execute(f"set threads = {threads}")
        times = answer["milliseconds"][str(threads)] = {}
        for name, query in queries.items():
            samples = []
            for _ in range(RUNS + 1):
                started = time.perf_counter()
                connection.execute(query).fetchall()
                samples.append((time.perf_counter() - started) * 1000)
            times[name] = sorted(samples[1:])[RUNS // 2]
    print(json.dumps(answer))


main()
