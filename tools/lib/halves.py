"""Splits generated people into two populations that share no number: a first load and a second."""

from check import People


def split_people(people, first_persons, folder):
    """Writes the households of about the first `first_persons` persons, and all others, apart."""
    parts = [folder / "first", folder / "second"]
    for part in parts:
        part.mkdir(parents=True)
    counts = [0, 0]
    last_household = None
    with open(people.persons_path, "rb") as source, \
            open(parts[0] / "persons.csv", "wb") as first, \
            open(parts[1] / "persons.csv", "wb") as second:
        header = source.readline()
        first.write(header)
        second.write(header)
        columns = header.rstrip().split(b",")
        if columns[:2] != [b"person_id", b"household_id"]:
            raise SystemExit("persons.csv does not begin with person_id and household_id")
        target = 0
        for line in source:
            household = line.split(b",", 2)[1]
            if target == 0 and counts[0] >= first_persons and household != last_household:
                target = 1
            if target == 0:
                last_household = household
            (first, second)[target].write(line)
            counts[target] += 1
    with open(people.households_path, "rb") as source, \
            open(parts[0] / "households.csv", "wb") as first, \
            open(parts[1] / "households.csv", "wb") as second:
        header = source.readline()
        first.write(header)
        second.write(header)
        target = first
        for line in source:
            target.write(line)
            if line.split(b",", 1)[0] == last_household:
                target = second
    return [People(part, count) for part, count in zip(parts, counts)]


def household_count(people):
    with open(people.households_path, "rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")) - 1
