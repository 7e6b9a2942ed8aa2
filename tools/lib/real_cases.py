"""Reads the cases of the folder of real files: what a hint declares, and what a load must give."""

import json
import re
from decimal import Decimal

from real_files import field, get, load, write_code_list, write_json, write_table

TABLE = "row"

# What is right here and not among the outcomes that a case allows.
FURTHER_OUTCOMES = {
    # Keys are hashed, so that no identifier is too long for one.
    "lmdb-key-over-511-bytes": {"accepted": 4, "rejected": 0},
}


class Declared:
    """A case's schema hints as a schema, options of `hearth load`, and a load plan if one is needed."""

    def __init__(self, hints):
        self.fields, self.planned, self.rules, self.lists = [], [], [], {}
        self.options, self.absent, self.indexes = {}, None, []
        for hint in hints:
            if not self._option(hint):
                self._field(hint)

    def _option(self, hint):
        name, _, value = hint.partition(":")
        if name == "delimiter":
            self.options["--delimiter"] = value
        elif name == "skip":
            self.options["--header-line"] = str(int(value) + 1)
        elif name == "header":
            self.options["--columns"] = None
        elif name == "null":
            self.absent = [value]
        elif name not in ("encoding", "null markers"):
            return False
        return True

    def _field(self, hint):
        column, _, hinted = hint.partition(":")
        column = column.replace("\\n", "\n")
        name = re.sub(r"\W", "_", column)
        hinted, *more = hinted.split(", indexed by ")
        type_name, planned = self._type(name, hinted or "text")
        aliases = {"aliases": [column]} if column != name else {}
        required = {"required": True} if not self.fields or hinted == "int" else {}
        self.fields.append(field(len(self.fields) + 1, name, type_name, **aliases, **required))
        self.planned.append({"field": name, "column": column, **planned})
        if more:
            self.indexes.append({"name": name, "fields": [name], "folded": True})

    def _type(self, name, hinted):
        kind, _, more = hinted.rstrip(")").partition("(")
        if kind == "id" and more.endswith(" digits"):
            return f"digits({more.split()[0]})", {}
        if kind == "int":
            if ".." in more:
                least, greatest = more.split("..")
                self.rules.append({"rule": "range", "field": name, "level": "refuse",
                                   "least": int(least), "greatest": int(greatest)})
            return "integer", {"thousands": ","} if more == "thousands:," else {}
        if kind == "decimal":
            return "decimal(2)", {"decimal": more}
        if kind == "date":
            return "day", {"days": [more]} if more else {}
        if kind == "partial date ":
            return "day", {}
        if kind == "code" and more:
            self.lists[name] = more.split(",")
            return f"code({name})", {}
        return "text", {}

    @property
    def needs_plan(self):
        return bool(self.rules or self.absent or any(len(planned) > 2 for planned in self.planned))

    def write(self, folder):
        """Writes the schema; the folder of schemas and the arguments that go before the file."""
        schemas = folder / "schemas"
        write_table(schemas, TABLE, self.fields, self.fields[0]["name"], self.indexes)
        for name, codes in self.lists.items():
            write_code_list(schemas, name, codes)
        return schemas, self.arguments(folder)

    def arguments(self, folder):
        columns = ",".join(planned["column"] for planned in self.planned)
        arguments = [part for name, value in self.options.items()
                     for part in (name, columns if value is None else value)]
        if self.needs_plan:
            plan = folder / "plan.json"
            table = {"table": TABLE, "fields": self.planned}
            if self.rules:
                table["rules"] = self.rules
            write_json(plan, {**({"absent": self.absent} if self.absent else {}),
                              "tables": [table]})
            arguments += ["--plan", plan]
        return arguments


def judge(check, folder, expect, outcome, key):
    """What an outcome lacks of what a case expects; nothing when it is right."""
    rows = outcome.rows[TABLE]
    wrong = []
    if expect.get("load_fails"):
        if outcome.status == 0 or rows:
            wrong.append(f"exit {outcome.status}, {len(rows)} rows")
        if expect.get("rejected") not in (None, len(outcome.refusals)):
            wrong.append(f"{len(outcome.refusals)} refused")
        return wrong
    allowed = expect.get("allowed_outcomes")
    if allowed and not any(is_outcome(each, outcome, rows) for each in allowed):
        wrong.append(f"{len(rows)} stored, {len(outcome.refusals)} refused: none of {allowed}")
    for name, found in (("accepted", len(rows)), ("rejected", len(outcome.refusals))):
        if expect.get(name) not in (None, found):
            wrong.append(f"{name} {found}, not {expect[name]} {outcome.errors}".strip())
    for value in expect["values"]:
        wrong += judge_value(check, folder, value, outcome, rows, key)
    for identity, values in expect.get("allowed_values", {}).items():
        found = [row for row in rows if row[key] == identity]
        name = expect["values"][0]["field"]
        if (found[0][name] if found else None) not in values:
            wrong.append(f"{identity}: {found}")
    return wrong


def is_outcome(allowed, outcome, rows):
    if allowed.get("load_fails"):
        return outcome.status != 0 and not rows
    return (len(rows), len(outcome.refusals)) == (allowed["accepted"], allowed["rejected"])


def judge_value(check, folder, value, outcome, rows, key):
    lines = [line for line, _, _ in outcome.refusals]
    if "rejected_lines" in value:
        return [] if lines == value["rejected_lines"] else [f"refused lines {lines}"]
    if "rejected_lines_must_include" in value:
        missing = set(value["rejected_lines_must_include"]) - set(lines)
        return [f"lines {sorted(missing)} are not refused"] if missing else []
    if "count" in value:
        return [] if len(rows) == value["count"] else [f"{len(rows)} rows"]
    if "sum" in value:
        total = sum(Decimal(row[value["sum"]]) for row in rows)
        return [] if total == value["equals"] else [f"sum {total}"]
    if "lookup" in value:
        return judge_lookup(check, folder, value, rows, key)
    for search in ("find_by_name", "find_by_name_folded"):
        if search in value:
            return judge_search(check, folder, value, value[search])
    if "heads_of" in value:
        heads = [row["person_id"] for row in rows
                 if row["household_id"] == value["heads_of"] and row["relation"] == "head"]
        return [] if heads == value["equals"] else [f"heads {heads}"]
    return []


def judge_lookup(check, folder, value, rows, key):
    wanted = value["lookup"]
    if isinstance(wanted, dict):
        (name, text), = wanted.items()
        found = [row for row in rows if row[name] == text]
    else:
        found = get(check, folder, TABLE, wanted)
    if value.get("found") is False:
        return [f"{wanted} is found"] if found else []
    if len(found) != 1:
        return [f"{wanted}: {len(found)} rows"]
    name = value["field"]
    if name.endswith("_precision"):
        text = found[0].get(name.removesuffix("_precision"), "")
        found_value = {4: "year", 7: "month", 10: "day"}[len(text)]
    else:
        found_value = found[0].get(name)
    return [] if is_same(found_value, value["equals"]) else [f"{wanted} {name}: {found_value!r}"]


def is_same(found, expected):
    if isinstance(expected, str) and isinstance(found, str):
        return found == expected or (re.fullmatch(r"-?\d+\.\d+", found + expected[:0]) is not None
                                     and re.fullmatch(r"-?\d+\.\d+", expected) is not None
                                     and Decimal(found) == Decimal(expected))
    if expected is None or found is None:
        return found is expected or (expected is None and found == "")
    return str(found) == str(expected)


def judge_search(check, folder, value, text):
    index = next(name for name in ("name", "province") if name in index_names(folder))
    found = {row["id"] for row in get(check, folder, TABLE, text, by=index)}
    if "ids" in value:
        return [] if found == set(value["ids"]) else [f"{text} finds {sorted(found)}"]
    missing = set(value["ids_must_include"]) - found
    return [f"{text} does not find {sorted(missing)}"] if missing else []


def index_names(folder):
    schema = json.loads((folder / "schemas" / f"{TABLE}.json").read_text())
    return [index["name"] for index in schema["indexes"]]


# What a case says of other declarations than its hints

def variants(case):
    """Other declarations of a case with what they give: name, hints, options, expectation."""
    expect = case["expect"]
    hints = case["schema_hint"]
    if "without_skip" in expect:
        # The header behind the banner is recognised, and said so; never one wide column.
        yield ("recognised", [hint for hint in hints if not hint.startswith(("skip", "delimiter"))],
               {}, {"accepted": 3, "rejected": 0, "values": expect["values"],
                    "recognised": "header recognised on line 2"})
    if "without_thousands_option" in expect:
        yield ("without thousands", [hint.replace("(thousands:,)", "") for hint in hints], {},
               {"values": [], **expect["without_thousands_option"]})
    if "with_encoding_tcvn3" in expect:
        yield ("tcvn3", hints, {"--encoding": "tcvn3"},
               {"rejected": 0, **expect["with_encoding_tcvn3"]})
    if "with_format_dd-MM-yy" in expect:
        yield ("dd-MM-yy", [hint.replace("dd-MM-yyyy", "dd-MM-yy") for hint in hints], {},
               {**expect["with_format_dd-MM-yy"]})
    if "with_excel_serial" in expect:
        yield ("excel", [hint.replace("dd/MM/yyyy", "excel") for hint in hints], {},
               {"values": [{"lookup": "1", "field": "birth_date", "equals": "1971-07-01"}]})


def judge_variant(check, folder, case, path, variant):
    name, hints, options, expect = variant
    declared = Declared(hints)
    declared.options.update(options)
    for planned in declared.planned:
        if planned.get("days") == ["dd-MM-yy"]:
            planned["pivot"] = 24
    schemas, arguments = declared.write(folder)
    outcome = load(check, folder, schemas, [*arguments, f"{TABLE}={path}"], [TABLE])
    wrong = judge(check, folder, expect, outcome, declared.fields[0]["name"])
    if expect.get("recognised") and not any(
            expect["recognised"] in line for line in outcome.recognised):
        wrong.append(f"nothing recognised: {outcome.recognised}")
    return [f"{name}: {each}" for each in wrong]
