"""Loads a file of the world under every size of pieces, number of workers and time zone."""

import csv
import dataclasses
import io
import itertools
import json
import os
import subprocess

from check import remove_registry

PIECE_BYTE_COUNTS = (None, 1, 7, 64, 4_096)
JOBS = (1, 4)
TIME_ZONES = ("Asia/Ho_Chi_Minh", "Pacific/Auckland", "America/Los_Angeles")


# Schemas

def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_code_list(folder, name, codes):
    write_json(folder / "codes" / f"{name}.json", {
        "name": name, "description": f"Values of {name}.", "source": "The file itself",
        "open": False, "attributes": [], "codes": [[code] for code in codes]})


def field(number, name, type_name, sensitivity="public", meaning="As in the file.", **more):
    return {"name": name, "number": number, "type": type_name, "sensitivity": sensitivity,
            "meaning": meaning, **more}


def write_table(folder, name, fields, key=None, indexes=(), description="Rows of the file.",
                **more):
    own = [{"name": key, "fields": [key], "unique": True}] if key else []
    write_json(folder / f"{name}.json", {
        "name": name, "version": 1, "description": description, "fields": fields,
        **({"key": key} if key else {}), "indexes": [*own, *indexes], **more})


# Loads

@dataclasses.dataclass
class Outcome:
    """What one load did, as far as it may not depend on how the work was cut."""

    status: int
    """By table the exported rows, each by field."""
    rows: dict
    """Line, field and code of every refusal."""
    refusals: list
    """What was recognised, for a person."""
    recognised: list
    errors: str

    @property
    def stored(self):
        return sum(len(rows) for rows in self.rows.values())


def environment(zone):
    return {**os.environ, "TZ": zone}


def load(check, folder, schemas, arguments, tables, piece=None, jobs=1, zone=TIME_ZONES[0],
         read_zone=None):
    """Loads into a fresh registry in the folder, and exports it again."""
    registry = folder / "trial.hearth"
    rejects = folder / "trial.rejects.csv"
    remove_registry(registry)
    rejects.unlink(missing_ok=True)
    check.create(registry, schemas)
    command = [check.build(), "load", registry, *arguments, "--jobs", jobs, "--rejects", rejects]
    if piece:
        command += ["--piece-bytes", piece]
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False,
                          env=environment(zone), timeout=300)
    rows = {table: export(check, registry, table, read_zone or zone) for table in tables}
    refusals = []
    if rejects.exists():
        with open(rejects, encoding="utf-8", newline="") as file:
            refusals = [(int(row["line"]), row["field"], row["code"])
                        for row in csv.DictReader(file)]
    printed = done.stdout.decode(errors="replace").splitlines()
    errors = "\n".join(line for line in done.stderr.decode(errors="replace").splitlines()
                       if line.startswith("hearth: "))
    return Outcome(done.returncode, rows, refusals,
                   [line for line in printed if " recognised" in line or "no column" in line],
                   errors)


def export(check, registry, table, zone):
    done = subprocess.run([str(check.build()), "export", str(registry), table],
                          capture_output=True, check=False, env=environment(zone), timeout=300)
    return list(csv.DictReader(io.StringIO(done.stdout.decode("utf-8"), newline="")))


def load_every_way(check, folder, schemas, arguments, tables, pieces=PIECE_BYTE_COUNTS):
    """The outcome of a plain load, how many ways were tried, and those that went otherwise."""
    first = load(check, folder, schemas, arguments, tables)
    ways = list(itertools.product(pieces, JOBS))
    differing = []
    for number, (piece, jobs) in enumerate(ways):
        for turn in range(len(TIME_ZONES) if piece in (None, 7) else 1):
            zone = TIME_ZONES[(number + turn) % len(TIME_ZONES)]
            read_zone = TIME_ZONES[(number + turn + 1) % len(TIME_ZONES)]
            outcome = load(check, folder, schemas, arguments, tables, piece, jobs, zone, read_zone)
            if outcome != first:
                differing.append(f"pieces of {piece or 'all'} bytes, {jobs} workers, {zone}")
    count = sum(len(TIME_ZONES) if piece in (None, 7) else 1 for piece, _ in ways)
    return first, count, differing


def get(check, folder, table, value, by=None):
    """The rows that `get` finds in the registry of the last load."""
    by_field = ["--by", by] if by else []
    done = subprocess.run(
        [str(check.build()), "get", str(folder / "trial.hearth"), table, value, *by_field,
         "--json"], capture_output=True, text=True, check=False)
    return rows_of(done.stdout)


def rows_of(printed):
    """Rows of `get --json`: an array, or an object a line."""
    printed = printed.strip()
    if not printed:
        return []
    if printed.startswith("["):
        return json.loads(printed)
    return [json.loads(line) for line in printed.splitlines()]
