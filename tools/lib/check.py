"""What the check scripts share: options, work folder, builds, figures with limits, and the verdict."""

import argparse
import dataclasses
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "Benchmarks" / "peers"

# Limits are stated for this many persons; a smaller run shows its figures without judging them.
JUDGED_PERSONS_MIN = 10_000_000


@dataclasses.dataclass
class Measured:
    """One process that ran to its end."""

    status: int
    seconds: float
    anonymous_byte_count_max: int
    total_byte_count_max: int
    output: str
    errors: str
    processor_seconds: float


@dataclasses.dataclass
class People:
    """Generated files of one population."""

    folder: Path
    persons: int

    @property
    def households_path(self):
        return self.folder / "households.csv"

    @property
    def persons_path(self):
        return self.folder / "persons.csv"

    @property
    def identifiers_path(self):
        return self.folder / "identifiers.csv"

    @property
    def coverages_path(self):
        return self.folder / "coverages.csv"


class Unavailable(Exception):
    """A peer or tool that cannot be had here; the text says why."""


class Check:
    """One run of a check: begins with the machine line, ends with the verdict."""

    def __init__(self, description, persons=None, add_options=None):
        parser = argparse.ArgumentParser(
            description=description,
            epilog="Work files lie under $HEARTH_WORK, else $TMPDIR/hearth-check, and are removed "
            "at the end unless --keep; a later run uses what was kept.",
        )
        if persons is not None:
            parser.add_argument("--persons", type=int, default=persons, metavar="N")
            parser.add_argument("--seed", type=int, default=1, metavar="S")
        parser.add_argument("--keep", action="store_true", help="leave the work files")
        parser.add_argument(
            "--hearth", type=Path, metavar="PATH",
            help="folder of built executables; without it they are built first",
        )
        parser.add_argument(
            "--figures", type=Path, metavar="PATH", help="also write the figures as JSON"
        )
        if add_options:
            add_options(parser)
        self.options = parser.parse_args()
        self.figures = []
        self._owned = []
        self._built = {}
        base = os.environ.get("HEARTH_WORK") or os.path.join(
            os.environ.get("TMPDIR") or "/tmp", "hearth-check"
        )
        self.work = Path(base).resolve()
        if not self.work.exists():
            self._owned.append(self.work)
        self.work.mkdir(parents=True, exist_ok=True)
        print(machine_line(), flush=True)

    # Files

    def own(self, path):
        """Names a file or folder that this run makes: removed at the end unless --keep."""
        path = Path(path)
        self._owned.append(path)
        return path

    def fresh_folder(self, name):
        """An empty folder of this run."""
        path = self.own(self.work / name)
        remove(path)
        path.mkdir(parents=True)
        return path

    def need_disk(self, byte_count, purpose):
        """Ends the check when the work folder has not the room."""
        free = shutil.disk_usage(self.work).free
        print(f"{purpose}: needs about {gigabytes(byte_count)} of disk, {gigabytes(free)} free",
              flush=True)
        if free < byte_count:
            self.fact("enough disk", False, f"free {gigabytes(free)} under {self.work}")
            self.finish()

    # Executables

    def build(self, product="hearth"):
        """The path of a release executable, built once unless --hearth names a folder."""
        if product in self._built:
            return self._built[product]
        if self.options.hearth is None:
            command = ["swift", "build", "-c", "release", "--package-path", str(ROOT)]
            built = subprocess.run(
                [*command, "--product", product], stdout=sys.stderr, check=False)
            if built.returncode != 0:
                raise Unavailable(f"swift build --product {product} failed")
            shown = subprocess.run(
                [*command, "--show-bin-path"], capture_output=True, text=True, check=True)
            path = Path(shown.stdout.strip()) / product
        else:
            path = self.options.hearth.resolve() / product
        if not path.exists():
            raise Unavailable(f"there is no executable {product}")
        self._built[product] = path
        return path

    def peer_python(self):
        """A Python with the peers of Benchmarks/peers/requirements.txt, in a folder of its own."""
        folder = self.work / "python"
        python = folder / "bin" / "python"
        if not (folder / "complete").exists():
            remove(folder)
            self.own(folder)
            note("Installing the peers of Benchmarks/peers/requirements.txt")
            for command in (
                [sys.executable, "-m", "venv", str(folder)],
                [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                 "--requirement", str(PEERS / "requirements.txt")],
            ):
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode != 0:
                    lines = (done.stderr or done.stdout).strip().splitlines()
                    raise Unavailable(f"pip could not install it: {lines[-1] if lines else ''}")
            (folder / "complete").touch()
        return python

    def compile(self, source, *flags):
        """The path of a C program or library of this repository, compiled for this machine."""
        source = Path(source)
        target = self.own(self.work / source.stem)
        command = ["cc", "-O3", "-march=native", "-Wall", "-Wextra", "-o", str(target),
                   str(source), *flags]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Unavailable(f"cc failed on {source.name}: {done.stderr.strip()}")
        return target

    # People and registries

    def people(self, persons, seed=1, cards=None, damage=None):
        """Generated people, or those that an earlier run kept."""
        name = f"people-{persons}-{seed}" + (f"-{cards}" if cards else "")
        name += f"-damaged-{damage}" if damage else ""
        folder = self.work / name
        if not (folder / "complete").exists():
            remove(folder)
            self.own(folder)
            command = [str(self.build()), "generate", "--persons", str(persons),
                       "--seed", str(seed), "--output", str(folder)]
            if cards:
                command += ["--cards", str(cards)]
            if damage:
                command += ["--damage", str(damage)]
            seconds, _ = self.run(command)
            note(f"Generated {persons:,} persons in {seconds:.1f} s "
                 f"({persons / seconds:,.0f} a second)")
            (folder / "complete").write_text(f"{seconds}\n")
        else:
            note(f"Using the {persons:,} persons kept in the work folder")
        return People(folder, persons)

    def registry(self, people, tables=("household", "person")):
        """A loaded registry of these people, or one that an earlier run of this build kept."""
        path, mark = self.registry_paths(people, tables)
        if not (mark.exists() and path.exists() and mark.read_text() == file_hash(self.build())):
            remove_registry(path)
            self.own_registry(path)
            self.own(mark)
            self.create(path)
            seconds, _ = self.run([str(self.build()), "load", str(path),
                                   *table_arguments(people, tables)])
            note(f"Loaded {people.persons:,} persons in {seconds:.1f} s")
            self.mark_loaded(mark)
        return path

    def registry_paths(self, people, tables=("household", "person")):
        """Where the registry of these people lies, and the mark that it was loaded whole."""
        path = people.folder / ("-".join(tables) + ".hearth")
        return path, path.with_suffix(".loaded")

    def mark_loaded(self, mark):
        mark.write_text(file_hash(self.build()))

    def own_registry(self, path):
        """Names a registry file, with its lock, that this run makes."""
        self.own(path)
        self.own(lock_path(path))
        return path

    def create(self, path, schemas=ROOT / "Schemas"):
        self.run([str(self.build()), "create", str(path), "--schemas", str(schemas)])

    def run(self, command):
        """Runs to success: seconds and what was printed. Ends the check otherwise."""
        started = time.monotonic()
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                              check=False)
        seconds = time.monotonic() - started
        if done.returncode != 0:
            shown = " ".join(str(part) for part in command)
            self.fact("runs", False, f"exit {done.returncode}: {shown}\n{done.stderr[-2000:]}")
            self.finish()
        return seconds, done.stdout

    def hearth(self, *arguments):
        """What a `hearth` command printed."""
        return self.run([self.build(), *arguments])[1]

    # Figures

    def figure(self, name, value, unit, at_most=None, at_least=None, judged=True):
        """Prints a figure with its limit."""
        limit = at_most if at_most is not None else at_least
        if limit is None or not judged:
            verdict = "SHOWN"
        elif (value <= at_most) if at_most is not None else (value >= at_least):
            verdict = "PASS"
        else:
            verdict = "MISS"
        side = "at most" if at_most is not None else "at least"
        text = f"{side} {plain(limit)} {unit}" if limit is not None else ""
        if limit is not None and not judged:
            text += " for more persons"
        self._print(verdict, name, f"{plain(value)} {unit}", text)
        self.figures.append({"name": name, "value": value, "unit": unit, "limit": limit,
                             "side": side if limit is not None else None, "verdict": verdict})

    def fact(self, name, holds, detail=""):
        """Prints something that has to be true."""
        verdict = "PASS" if holds else "MISS"
        self._print(verdict, name, detail, "")
        self.figures.append({"name": name, "value": detail, "unit": "", "limit": None,
                             "side": None, "verdict": verdict})
        return holds

    def skip(self, name, reason):
        """Prints what was not checked, and why."""
        self._print("SKIPPED", name, str(reason), "")
        self.figures.append({"name": name, "value": str(reason), "unit": "", "limit": None,
                             "side": None, "verdict": "SKIPPED"})

    def _print(self, verdict, name, value, limit):
        print(f"{verdict:7}  {name:48}  {value:>22}  {limit}".rstrip(), flush=True)

    # End

    def finish(self):
        """Cleans up, prints the verdict and ends the process: 1 when anything was missed."""
        print(f"load average at the end {' '.join(load_average())}")
        count = {verdict: sum(figure["verdict"] == verdict for figure in self.figures)
                 for verdict in ("PASS", "MISS", "SKIPPED")}
        if self.options.figures:
            self.options.figures.write_text(json.dumps(self.figures, indent=1) + "\n")
        self.clean()
        print(f"{count['PASS']} passed, {count['MISS']} missed, {count['SKIPPED']} skipped")
        sys.exit(1 if count["MISS"] else 0)

    def clean(self):
        if self.options.keep:
            note(f"Kept the work files in {self.work}")
            return
        for path in reversed(self._owned):
            remove(path)

    def main(self, body):
        """Runs the check's body, cleans up whatever happens, and ends the process."""
        try:
            body()
        except Unavailable as reason:
            self.fact("can be run", False, str(reason))
        except BaseException:
            self.clean()
            raise
        self.finish()


def measure(command, poll_seconds=0.01):
    """Runs a command, watching its memory from outside."""
    import tempfile

    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.monotonic()
        process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=errors)
        anonymous = 0
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            anonymous = max(anonymous, anonymous_byte_count(process.pid))
            time.sleep(poll_seconds)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        return Measured(process.returncode, seconds, anonymous, usage.ru_maxrss * 1024,
                        output.read().decode(errors="replace"),
                        errors.read().decode(errors="replace"), usage.ru_utime + usage.ru_stime)


def anonymous_byte_count(process_id):
    """Anonymous memory of a running process; 0 when it has ended."""
    try:
        with open(f"/proc/{process_id}/status") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def table_arguments(people, tables):
    paths = {"household": people.households_path, "person": people.persons_path,
             "identifier": people.identifiers_path, "coverage": people.coverages_path}
    return [f"{table}={paths[table]}" for table in tables]


def lock_path(registry):
    return Path(str(registry) + "-lock")


def remove(path):
    path = Path(path)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def remove_registry(path):
    remove(path)
    remove(lock_path(path))


def file_hash(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def plain(value):
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3g}"
    return f"{value:,}"


def gigabytes(byte_count):
    return f"{byte_count / 1e9:.1f} GB"


def note(text):
    print(text, file=sys.stderr, flush=True)


def load_average():
    with open("/proc/loadavg") as file:
        return file.read().split()[:3]


def memory_byte_count():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def machine_line():
    model = "unknown processor"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return (f"{os.cpu_count()} cores ({model}), {memory_byte_count() / 2**30:.0f} GiB memory, "
            f"{platform.system()} {platform.release()}, load average {' '.join(load_average())}")
