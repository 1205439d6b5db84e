"""Mutation testing of the working copy in the current directory, which it changes: scripts/mutants makes that copy.

mutmut writes all mutants of a function beside it, and calls one of them in its place if told so. The tests are
collected once. Each mutant is a fork of that process, in which no test has run, and runs the tests that call the
function, until one fails. Mutants that live are printed, except those that tests/equivalent_mutants.toml explains.

Arguments: folders and files below src, and functions as path::function. The exit status is 1 under the GOAL.
"""

import gc
import json
import os
import re
import select
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from difflib import ndiff
from functools import partial
from pathlib import Path
from signal import SIGKILL
from typing import NamedTuple, cast

import pytest
from mutmut.configuration import config
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

PACKAGE = Path("src/lambda_http_adapter")
GOAL = 97  # per cent of the mutants that aren't explained
MOST = 2500  # tests for one mutant: the first rows of each table come first, and later ones seldom tell more

# The quick tests of each part. Processes that a test starts have the mutant too, if they inherit the environment.
TESTS = {
    "origins": "origins",
    "_delivery": "delivery apps/test_asgi.py apps/test_asgi_endings.py apps/test_handler.py "
    "apps/test_handler_streams.py apps/test_heads.py apps/test_http.py",
    "_values": "values delivery apps/test_handler.py apps/test_heads.py runtime/test_client.py",
    "_apps": "apps values/test_lambda_request.py observability/test_spans.py streaming/test_asgi_messages.py",
    "_runtime": "runtime/test_client.py runtime/test_client_answers.py runtime/test_client_calls.py "
    "runtime/test_client_waits.py runtime/test_error_report.py runtime/test_promise.py "
    "observability/test_broken_tracing.py observability/test_spans.py",
    "": "apps delivery values origins emulator/in_process frameworks streaming/test_http_bytes.py "
    "test_events.py test_matrix.py test_mounts.py test_testing.py",
}

LIVES = "no test notices it"
UNCALLED = "no test calls it"


class Mutant(NamedTuple):
    """What tests/equivalent_mutants.toml knows a mutant by: the numbers of lines and of mutants change."""

    file: str
    function: str
    before: str
    after: str


def main(*arguments: str) -> int:
    config()  # read before a test changes the directory
    functions: dict[str, set[str]] = defaultdict(set)
    for argument in arguments or [str(PACKAGE)]:
        path, _, function = argument.partition("::")
        functions[path].add(function)
    mutants: dict[str, Mutant] = {}
    for path, only in functions.items():
        for file in sorted(Path(path).rglob("*.py")) or [Path(path)]:
            mutants |= written(file, only)
    parts = {mutant.file.partition("/")[0] for mutant in mutants.values()}
    tests = sorted({f"tests/{test}" for part in parts for test in TESTS.get(part, TESTS[""]).split()})
    run = Run(mutants, set(explanations()))
    pytest.main(
        ["-q", "--maxfail=1", "--tb=native", "-p", "no:cacheprovider", "--hypothesis-seed=0", *tests], plugins=[run]
    )
    if len(run.ends) != len(mutants):
        print("\nThe tests have to pass before anything is changed", file=sys.stderr)
        return 2
    return report(mutants, run.ends)


def written(file: Path, only: set[str]) -> dict[str, Mutant]:
    """Write the mutants of ``file`` into it. Returns those of the functions ``only``; of all if "" is among them."""
    mutated = mutate_file_contents(str(file), file.read_text())
    file.write_text(mutated.code)
    code = mutated.code.splitlines()

    def lines(name: str) -> list[str]:
        span = mutated.line_span_by_function_name[name]
        return [line.strip().replace(name, "") for line in code[span.start - 1 : span.end]]

    module = ".".join(file.with_suffix("").parts[1:]).removesuffix(".__init__")
    mutants: dict[str, Mutant] = {}
    for name in mutated.mutant_names:
        mangled = name.partition("__mutmut_")[0]
        function = mangled.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
        if only & {"", function}:
            changes = list(ndiff(lines(f"{mangled}__mutmut_orig"), lines(name), charjunk=None))
            before, after = ("\n".join(line[2:] for line in changes if line[0] == sign) for sign in "-+")
            if at_run_time(before) != at_run_time(after):
                mutants[f"{module}.{name}"] = Mutant(str(file.relative_to(PACKAGE)), function, before, after)
    return mutants


def at_run_time(code: str) -> str:
    """``code`` without what Python doesn't distinguish when it runs: the types of casts, the case of codecs' names."""
    code = re.sub(r'\bcast\((?:None|"[^"]*"), ', "cast(", code)
    return re.sub(r'"(?:ascii|latin-1|utf-8)"', lambda name: name[0].lower(), code, flags=re.IGNORECASE)


class Child:
    """A fork of this process that does ``work`` and reports its result as JSON."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._results, write = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            result = json.dumps(work()).encode() + b"\n"
            while result:
                result = result[os.write(write, result) :]
            os._exit(0)
        os.close(write)

    def result(self, timeout: float | None = None) -> object:
        """The result; None from a process that ends without one, or takes more seconds than ``timeout``."""
        deadline = None if timeout is None else time.monotonic() + timeout
        data = b""
        while not data.endswith(b"\n"):
            left = None if deadline is None else max(0, deadline - time.monotonic())
            received = os.read(self._results, 65536) if select.select([self._results], [], [], left)[0] else b""
            if not received:
                break
            data += received
        os.close(self._results)
        for kill in os.killpg, os.kill:  # a mutant's process leads a group of those that its tests have left
            with suppress(ProcessLookupError):
                kill(self._pid, SIGKILL)
        os.waitpid(self._pid, 0)
        return json.loads(data) if data.endswith(b"\n") else None


class Run:
    """A pytest plugin that runs the collected tests against each mutant."""

    def __init__(self, mutants: dict[str, Mutant], explained: set[Mutant]) -> None:
        self._mutants = mutants
        self._explained = explained
        self._seconds: list[float] = []  # that each test takes
        self._rows: list[int] = []  # which row of its table each test is
        self._callers: dict[str, list[int]] = defaultdict(list)  # by function, the numbers of its tests
        self.ends: dict[str, str] = {}  # by mutant, the test that fails, or why none does

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the tests that start a process, and those with random examples: they take seconds."""
        items[:] = [
            item
            for item in items
            if "run_process" not in getattr(item, "fixturenames", ())
            and not getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        ]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if session.testsfailed:
            return None  # pytest says which files can't be imported
        found = cast("list[tuple[list[str], float]] | None", Child(lambda: calls(session)).result())
        rows: Counter[str] = Counter()
        for number, (functions, seconds) in enumerate(found or []):
            test = session.items[number].nodeid.partition("[")[0]
            rows[test] += 1
            self._rows.append(rows[test])
            self._seconds.append(seconds)
            for function in functions:
                self._callers[function].append(number)
        if found:
            gc.freeze()  # a collection would copy the pages that forks share
            lanes = os.cpu_count() or 1
            children = [
                Child(partial(self._ends_of, session, list(self._mutants)[lane::lanes])) for lane in range(lanes)
            ]
            for child in children:
                self.ends |= cast("dict[str, str] | None", child.result()) or {}
        return True

    def _ends_of(self, session: pytest.Session, mutants: list[str]) -> dict[str, str]:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.mkdtemp(dir=".")  # runs at the same time remove each other's
        ends: dict[str, str] = {}
        killers: Counter[int] = Counter()  # the tests that kill most go first
        for done, mutant in enumerate(mutants):
            if done % 50 == 0:
                print(f"{done} of {len(mutants)} mutants in this process", file=sys.__stderr__)
            callers = self._callers[mutant.partition("__mutmut_")[0]]
            tests = sorted(callers, key=lambda number: (-killers[number], self._rows[number]))[:MOST]
            if not tests:
                ends[mutant] = UNCALLED
                self._show(mutant, UNCALLED)
                continue
            timeout = 10 + 10 * sum(self._seconds[number] for number in tests)
            killer = Child(partial(first_failure, session, mutant, tests)).result(timeout)
            if isinstance(killer, int) and killer >= 0:
                killers[killer] += 1
                ends[mutant] = session.items[killer].nodeid
            else:
                ends[mutant] = "the process ends or hangs" if killer is None else LIVES
                if ends[mutant] == LIVES:
                    self._show(mutant, LIVES)
        return ends

    def _show(self, name: str, end: str) -> None:
        mutant = self._mutants[name]
        if mutant not in self._explained:
            change = f"- {mutant.before}\n+ {mutant.after}"
            print(f"\n{mutant.file}, {mutant.function}: {end}\n{change}", file=sys.__stderr__, flush=True)


def calls(session: pytest.Session) -> list[tuple[list[str], float]] | None:
    """For each test the functions that it calls and the seconds that it takes; None if one fails."""
    from lambda_http_adapter._values import Remembered  # with its mutants, which weren't written before

    set_mutant_under_test("stats")
    memories = [each for each in gc.get_objects() if issubclass(type(each), Remembered)]
    found = []
    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
        state()._stats.clear()
        for memory in memories:  # what an earlier test has asked would not call the function again
            memory.clear()
        start = time.monotonic()
        if fails(session, item, following):
            return None
        found.append((sorted(state()._stats), time.monotonic() - start))
    return found


def first_failure(session: pytest.Session, mutant: str, tests: list[int]) -> int:
    """The number of the first of ``tests`` that fails, or -1."""
    os.setsid()
    session.config.pluginmanager.unregister(name="terminalreporter")
    set_mutant_under_test(mutant)
    items = [session.items[number] for number in tests]
    for number, item, following in zip(tests, items, [*items[1:], None], strict=True):
        if fails(session, item, following):
            return number
    return -1


def fails(session: pytest.Session, item: pytest.Item, following: pytest.Item | None) -> bool:
    session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    return session.testsfailed > 0


def report(mutants: dict[str, Mutant], ends: dict[str, str]) -> int:
    explained = dict.fromkeys(explanations(), 0)
    counts = {kind: Counter[str]() for kind in ("made", "killed", "explained", "survived")}
    for name, mutant in mutants.items():
        kind = "killed"
        if ends[name] in (LIVES, UNCALLED):
            kind = "explained" if mutant in explained else "survived"
        if kind == "explained":
            explained[mutant] += 1
        counts["made"][mutant.file] += 1
        counts[kind][mutant.file] += 1
    for mutant, met in explained.items():
        if not met and mutant in mutants.values():
            print(f"\ntests/equivalent_mutants.toml explains a mutant that is killed: {mutant}")
    print(f"\n{'file':32}" + "".join(f"{kind:>11}" for kind in counts) + f"{'per cent':>11}")
    for file in counts["made"]:
        print_row(file, [count[file] for count in counts.values()])
    return 0 if print_row("all", [count.total() for count in counts.values()]) >= GOAL else 1


def print_row(name: str, counts: list[int]) -> float:
    made, killed, explained, _ = counts
    share = 100 * killed / max(1, made - explained)
    print(f"{name:32}" + "".join(f"{count:11}" for count in counts) + f"{share:11.1f}")
    return share


def explanations() -> Iterator[Mutant]:
    """The mutants that no test can kill, with the reason. ``after`` is a list for several mutants of one line."""
    for entry in tomllib.loads(Path("tests/equivalent_mutants.toml").read_text())["mutant"]:
        for after in entry["after"] if isinstance(entry["after"], list) else [entry["after"]]:
            yield Mutant(entry["file"], entry["function"], entry["before"], after)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
