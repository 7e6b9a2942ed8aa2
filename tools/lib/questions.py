"""Random questions drawn from generated files: one text file for each kind, a question a line.

    personal insurance card15 card10 old   numbers that exist, each kind its own sample
    identifier                             numbers that exist only in the identifiers file
    miss                                   personal numbers whose tails no generated person has
    household                              household numbers of random persons
    name_birth                             name, tab, birth date of random persons

The same seed draws the same questions. The files are read once, in one stream.
"""

import csv
import random

PERSON_KINDS = ("personal", "insurance", "card15", "card10", "old", "miss", "household",
                "name_birth")

# Generated personal numbers end in 500000 to 999999.
MISSING_TAIL_MAX = 499_999


def question_of(kind, row, column, generator):
    """The question that a person's line gives; empty when the person has not what it asks for."""
    personal = row[column["person_id"]]
    if kind == "personal":
        return personal
    if kind == "insurance":
        return row[column["insurance_no"]]
    if kind == "card15":
        card = row[column["card_no"]]
        return card if len(card) == 15 else ""
    if kind == "card10":
        card = row[column["card_no"]]
        return card[-10:] if len(card) == 15 else ""
    if kind == "old":
        return row[column["old_id"]]
    if kind == "miss":
        return personal[:6] + f"{generator.randint(0, MISSING_TAIL_MAX):06d}" if personal else ""
    if kind == "household":
        return row[column["household_id"]]
    return f"{row[column['full_name']]}\t{row[column['birth_date']]}"


def write_questions(people, folder, count, seed):
    """Writes every kind's file into the folder; returns how many questions each kind has."""
    generator = random.Random(seed)
    marks = bytearray(people.persons)
    for bit, kind in enumerate(PERSON_KINDS):
        # Not everyone has a card or an old number: draw more, keep `count`.
        wanted = count * 2 if kind in ("card15", "card10", "insurance", "old") else count
        for place in generator.sample(range(people.persons), min(people.persons, wanted)):
            marks[place] |= 1 << bit
    questions = {kind: [] for kind in PERSON_KINDS}
    with open(people.persons_path, encoding="utf-8", newline="") as file:
        header = next(csv.reader([file.readline()]))
        column = {name: place for place, name in enumerate(header)}
        for mark, line in zip(marks, file):
            if not mark:
                continue
            row = next(csv.reader([line]))
            for bit, kind in enumerate(PERSON_KINDS):
                if mark >> bit & 1:
                    question = question_of(kind, row, column, generator)
                    if question:
                        questions[kind].append(question)
    questions["identifier"] = identifier_questions(people)
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for kind, lines in questions.items():
        generator.shuffle(lines)
        del lines[count:]
        counts[kind] = len(lines)
        if lines:
            (folder / f"{kind}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return counts


def identifier_questions(people):
    if not people.identifiers_path.exists():
        return []
    with open(people.identifiers_path, encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        place = next(rows).index("value")
        return [row[place] for row in rows if row[place]]
