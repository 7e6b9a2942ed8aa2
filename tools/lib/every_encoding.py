"""Writes made-up rows for the tables of Tests/Fixtures/schemas.

The values are such that every encoding, every derivation and every kind of exception of the format is used.
"""

import csv
import datetime
import io
import json
import random

SURNAMES = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ"]
MIDDLES = ["Thị", "Văn", "Đức", "Ngọc", "Thị Thanh", "Minh", "Hữu", "Xuân", "", "Thị Mỹ"]
GIVENS = ["An", "Bình", "Chi", "Dũng", "Hà", "Hải", "Hoa", "Hùng", "Lan", "Linh", "Long", "Mai", "Nam", "Phúc", "Quỳnh",
          "Sơn", "Thảo", "Trang", "Tú", "Yến"]
STREETS = ["đường Lê Lợi", "đường Hùng Vương", "phố Huế", "thôn Đông", "ấp 3", "tổ dân phố 7"]
JOBS = ["", "nông dân", "giáo viên", "công nhân", "buôn bán", "thợ may, thợ thêu", 'thợ "cả"']
PROVINCES = ["01", "02", "04", "79", "84", "X1", "93"]
OLD_PREFIXES = {"01": 1, "02": 7, "04": 8, "79": 2}
GROUPS = ["GD", "HT", "HS", "TE", "BT", "DN", "QN"]
LEVELS = {"GD": "4", "HT": "3", "HS": "4", "TE": "1", "BT": "2", "DN": "4", "QN": "5"}
AWKWARD = ["a,b", 'say "hm"', "two\nlines", "line\r\nend", " leading", "trailing ", "a  b", ",", '"', "\n", "đ", "𠀋", "=1+1",
           "\t", "x" * 253, "y" * 254, "z" * 255, "\\", "null"]


# What `read_registry.py --encodings` must find in a registry of these rows.
FEATURES = [
    "constant", "constant: exceptions", "frame of reference", "frame of reference: transposed",
    "frame of reference: block bases", "frame of reference: absent code",
    "frame of reference: exceptions", "frame of reference: scale", "delta", "delta: block bases",
    "delta: exceptions", "run length", "run length: shared runs", "run length: listed marks",
    "dictionary", "dictionary: transposed", "dictionary: exceptions", "tokens",
    "tokens: exceptions", "tokens: direct", "tokens: escapes", "tokens: ranges", "symbols",
    "flags", "presence", "presence: listed marks", "derived", "derived: exceptions",
    "derived: table", "derived: exceptional texts", "plain", "plain text", "row apart",
    "emptied row apart"]

LONG_VALUES = ["wide", "halves", "whole_range", "price", "known_day", "random_text", "unlike", "long_text",
               "path"]


def day(number, precision=0):
    text = (datetime.date(1970, 1, 1) + datetime.timedelta(days=number)).isoformat()
    return text[:(10, 7, 4)[precision]]


def often_first(source, choices):
    """Earlier choices more often than later ones."""
    return choices[min(int(source.expovariate(1) * len(choices) / 5), len(choices) - 1)]


class People:
    """Households with their members; further loads bring more households and late members."""

    def __init__(self, seed):
        self.source = random.Random(seed)
        self.household_count = self.person_count = 0
        self.numbers = set()

    def household(self):
        self.household_count += 1 + (self.source.random() < 0.03) * self.source.randrange(50)
        source = self.source
        province = often_first(source, PROVINCES)
        return {
            "household_number": f"{self.household_count:06d}",
            "place": f"{1 + 71 * source.randrange(42):05d}" if source.random() < 0.95 else "",
            "address": self.address(),
            "origin": source.choice(["", "79", "01"]),
            "registered_on": day(source.randrange(7000, 20000), self.precision())
            if source.random() < 0.9 else "",
            "remark": source.choice(AWKWARD) if source.random() < 0.1 else "",
            "income": f"{source.gauss(500, 400):.2f}" if source.random() < 0.8 else "",
            "owned": source.choice("01"),
        }, province

    def precision(self):
        return source_choice(self.source, ((0, 90), (1, 4), (2, 6)))

    def address(self):
        source, kind = self.source, self.source.random()
        if kind < 0.8:
            return f"Số {source.randrange(1, 300)} {often_first(source, STREETS)}"
        if kind < 0.9:
            return f"Số {source.randrange(1, 90)}, ngõ {source.randrange(1, 40)}, phố Huế"
        return source.choice(AWKWARD[:12]) if kind < 0.95 else ""

    def person(self, household, province):
        self.person_count += 1
        source = self.source
        born, sex = source.randrange(-18000, 20000), source.choice("MF")
        precision = self.precision()
        text = day(born, precision)
        year = int(text[:4])
        insurance = f"{PROVINCES.index(province):02d}{source.randrange(10 ** 8):08d}"
        group = often_first(source, GROUPS)
        level = LEVELS[group] if source.random() < 0.98 else "5"
        has_card, until = source.random() < 0.9, source.randrange(19000, 20500)
        number = self.personal_number(province, year, sex)
        birth_province = province if source.random() < 0.97 else ""
        prefix = OLD_PREFIXES.get(province, 0) if source.random() < 0.95 else 33
        row = {
            "personal_number": number if source.random() < 0.95 else "",
            "household_number": household["household_number"] if household else "",
            "full_name": self.name(),
            "birth_date": text if source.random() < 0.98 else "",
            "sex": sex if source.random() < 0.99 else "",
            "place": household["place"] if household and source.random() < 0.98 else "00001",
            "address": household["address"] if household and source.random() < 0.97
            else self.address(),
            "birth_province": birth_province,
            "origin": household["origin"] if household else "",
            "phone": f"09{source.randrange(10 ** 8):08d}" if source.random() < 0.6 else "",
            "old_number": f"{prefix:02d}{source.randrange(10 ** 7):07d}"
            if source.random() < 0.5 else "",
            "insurance_number": insurance if source.random() < 0.93 else "",
            "card_number": "", "card_group": "", "card_level": "", "card_province": "",
            "card_valid_from": "", "card_valid_to": "",
            "job": often_first(source, JOBS),
            "remark": source.choice(AWKWARD) if source.random() < 0.05 else "",
        }
        if has_card:
            row.update({"card_group": group, "card_level": level,
                        "card_province": insurance[:2] if source.random() < 0.98 else "99",
                        "card_valid_to": day(until, self.precision()),
                        "card_valid_from": day(until - source.choice((364, 365, 365, 1825)))})
            kind = source.random()
            if kind < 0.7 and row["insurance_number"]:
                row["card_number"] = group + level + row["card_province"] + insurance
            elif kind < 0.9:
                row["card_number"] = row["insurance_number"]
            elif kind < 0.95:
                row["card_number"] = source.choice(["?", "GD4", "a,b"])
        return row

    def personal_number(self, province, year, sex):
        leading = int(province) if province.isdigit() and province != "93" else 0
        century = ((year // 100 - 19) * 2 + (sex == "F")) % 10
        while True:
            number = f"{leading:03d}{century}{year % 100:02d}{self.source.randrange(10 ** 6):06d}"
            if self.source.random() < 0.02:
                number = f"{self.source.randrange(10 ** 12):012d}"
            if number not in self.numbers:
                self.numbers.add(number)
                return number

    def name(self):
        source, kind = self.source, self.source.random()
        if kind < 0.93:
            words = (often_first(source, SURNAMES), often_first(source, MIDDLES),
                     often_first(source, GIVENS))
            return " ".join(word for word in words if word)
        if kind < 0.96:
            return f"H'{source.choice(GIVENS)} Niê{source.randrange(400)}"
        return source.choice(["An", "A  B", "", "Nguyễn  Thị  Hai", "x,y z", "Đỗ " * 30 + "A"])


def source_choice(source, weighted):
    return source.choices([choice for choice, _ in weighted], [weight for _, weight in weighted])[0]


def write_people(folder, people, household_count, stray_count, has_strays, name):
    """The files of one load: households, their members, and some rows that are repeated.

    With strays, some persons are of no household, and some are not at their household's place.
    """
    households, persons, source = [], [], people.source
    for _ in range(household_count):
        household, province = people.household()
        members = [people.person(household, province)
                   for _ in range(source_choice(source, ((0, 1), (1, 15), (3, 20), (5, 10))))]
        with_numbers = [member for member in members if member["personal_number"]]
        household["head_number"] = members[0]["personal_number"] if members else ""
        household["phone"] = members[0]["phone"] if members else ""
        household["member_count"] = str(len(members))
        if source.random() < 0.03:
            household["member_count"] = source.choice(["", "40", "0"])
        if source.random() < 0.03 and with_numbers:
            household["head_number"] = with_numbers[-1]["personal_number"]
        if source.random() < 0.03:
            household["phone"] = ""
        households.append(household)
        persons += members
    for _ in range(stray_count if has_strays else 0):
        household = source.choice(households) if source.random() < 0.7 else None
        persons.insert(source.randrange(len(persons) + 1), people.person(household, "01"))
    # Rows that are stored and then emptied: their keys are taken.
    for _ in range(stray_count // 2):
        for rows, field in ((persons, "job"), (households, "remark")):
            place = source.randrange(len(rows))
            rows.insert(place + 1, dict(rows[place], **{field: "again"}))
    write_rows(folder / f"{name}-household.csv", households)
    write_rows(folder / f"{name}-person.csv", persons)
    return {"household": folder / f"{name}-household.csv",
            "person": folder / f"{name}-person.csv"}


def write_rows(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_measures(folder, seed, count, first, has_long_values, name):
    """Values of every shape; those that take many bytes only if they are asked for."""
    source, rows = random.Random(seed), []
    far_tables = [source.randrange(-10 ** 15, 10 ** 15) for _ in range(300)]
    letters = "".join(chr(code) for code in range(33, 127))
    run = long_run = None
    steps, slope = 0, 0
    for row in range(count):
        block = row >> 10
        steps += 7 if row != 1015 else source.randrange(10 ** 9)
        slope += 3 + block % 4 + source.randrange(3)
        if row == 0 or source.random() < 0.4:
            run = source.choice(["", "5", "-7", "123456789012", "0"])
        if row == 0 or source.random() < 0.01:
            long_run = source.choice(["", "1", "-9223372036854775807", "9223372036854775807"])
        chance = source.random()
        row_of_all = {
            "serial": f"{first + row:08d}",
            "steps": steps,
            "slopes": slope + 10 ** 12 * block,
            "nothing": "",
            "same": 42 if chance < 0.99 else source.choice(["", "41", "-42000000000"]),
            "narrow": "" if chance < 0.1 else source.randrange(-300, 60000),
            "wide": source.randrange(10 ** 12),
            "outlying": "" if chance < 0.1 else source.randrange(1000) if chance < 0.995
            else source.randrange(-10 ** 17, 10 ** 17),
            "drifting": 10 ** 9 * block + source.randrange(500),
            "few": far_tables[source.randrange(10)],
            "few_and_rare": "" if chance < 0.1 else far_tables[
                source.randrange(12) if chance < 0.99 else source.randrange(300)],
            "short_runs": run,
            "long_runs": long_run,
            "halves": "" if chance < 0.5 else f"{source.randrange(10 ** 18):018d}",
            "rarely": "" if chance < 0.97 else source.randrange(2 ** 33),
            "whole_range": source.randrange(-2 ** 63 + 1, 2 ** 63),
            "price": f"{source.randrange(-5000, 10 ** 6) / 1000:.3f}",
            "yes": source.choice("01"),
            "maybe": source.choice(["0", "1", ""]),
            "known_day": day(source.randrange(-700000, 2900000)),
            "day": "" if chance < 0.05 else day(source.randrange(15000, 16000), source_choice(
                source, ((0, 95), (1, 2), (2, 3)))),
            "tag": source.choice(["red", "a,b", 'say "hm"', "new", "né"]) if chance < 0.9 else "",
            "no_text": "",
            "random_text": "".join(source.choices(letters, k=source.randrange(1, 12)))
            if chance < 0.3 else "",
            "phrase": f"giấy số {source.randrange(10 ** 3)} do công an cấp" if chance < 0.3
            else source.choice(AWKWARD) if chance < 0.36 else "",
            "long_text": "".join(source.choices(letters, k=source.choice([250, 253, 254, 700, 3000])))
            if chance < 0.005 else "",
            "nickname": " ".join(letter + str(int(source.expovariate(0.1))) for letter in "smg"),
            "word": source.choice(["một", "hai", "ba", "bốn, năm", ""]),
            "unlike": f"{source.randrange(10 ** 6)}x" if chance < 0.97 else "",
            "path": f"{source.randrange(64)}/{source.randrange(64)} p{source.randrange(64)}",
            "called": f"s{source.randrange(8)} m{source.randrange(8)} g{source.randrange(8)}"
            if chance < 0.99 else f"s{source.randrange(10 ** 4)} g",
        }
        if not has_long_values:
            row_of_all.update(dict.fromkeys(LONG_VALUES, ""))
        rows.append(row_of_all)
    path = folder / f"{name}-measure.csv"
    write_rows(path, rows)
    return {"measure": path}


def write_loads(folder, seed, household_count, measure_count):
    """Writes the files of two loads; for each the file of each table."""
    people, loads = People(seed), []
    for load, part in enumerate((3, 1)):
        name = f"load{load + 1}"
        files = write_people(folder, people, household_count * part // 4,
                             min(60, household_count // 16), load > 0, name)
        files.update(write_measures(folder, seed + load, measure_count * part // 4,
                                    1 + load * measure_count, load > 0, name))
        loads.append(files)
    return loads


def write_changes(path, texts, seed):
    """Writes changes of single rows of these exports, of each kind and each table."""
    source = random.Random(seed)
    tables = {table: list(csv.DictReader(io.StringIO(text.decode(), newline="")))
              for table, text in texts.items()}
    persons = [row for row in tables["person"] if row["personal_number"]]
    chosen = iter(source.sample(persons, 48))
    households = source.sample(tables["household"], 24)
    changes = []

    def change(action, table, key, row, **more):
        changes.append({action: table, "where": {key: row[key]}, **more})

    for _, household in zip(range(12), households):
        change("update", "person", "personal_number", next(chosen),
               set={"household_number": household["household_number"]})
        change("update", "person", "personal_number", next(chosen),
               set={"full_name": f"Trần Đổi Tên {len(changes)}", "phone": None,
                    "job": source.choice(["công nhân", f"nghề mới {seed}"])})
        change("delete", "person", "personal_number", next(chosen))
        change("update", "household", "household_number", household,
               set={"place": f"{1 + 71 * source.randrange(42):05d}", "remark": source.choice(AWKWARD)})
    for number, household in enumerate(households[12:]):
        person = next(chosen)
        values = {name: text or None for name, text in person.items()
                  if not name.startswith("card_")}
        values.update(personal_number=f"0011{seed}{number:07d}", insurance_number=None,
                      old_number=None, household_number=household["household_number"])
        changes.append({"insert": "person", "values": values})
    for number, measure in enumerate(source.sample(tables["measure"], 24)):
        if number % 3:
            change("update", "measure", "serial", measure,
                   set={"wide": str(source.randrange(10 ** 12)), "tag": f"t{seed}", "word": None})
        else:
            change("delete", "measure", "serial", measure)
    with open(path, "w", encoding="utf-8") as file:
        for line in changes:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
