"""``docs/conformance.md``: what the suites have shown, as tables."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .environment import ROOT
from .expectations import Explanation
from .front_door import FRONT_DOORS
from .runs import OWN_CLIENTS, Outcome
from .suites import Suite

PAGE = ROOT / "docs" / "conformance.md"

_HEAD = """\
# Test suites of frameworks

See how many tests of {suites} suites that nobody here wrote pass behind each front door, and run them again yourself:

```sh
scripts/conformance --suite flask --origin alb
scripts/conformance --suite flask --origin rest --streamed
```

The script wrote this page (with `--write`, on Python {python}). It takes each suite from its source distribution, puts
our transports in place of the suite's clients, and compares what fails with the explanations in
[`conformance/expected`](../conformance/expected). It exits with 1 for a failure that none explains, and for an
explanation without a failure.

{sum}

"""

_LEGEND = """
`682 + 50` stands for 682 tests that pass, and 50 that fail as an explanation says. `own clients` is the suite as its
authors run it: what fails there isn't about a front door. WebSockets and trio are left out, and so are the tests that
[`conformance/suites.py`](../conformance/suites.py) names, with the reason. Not every test of a suite sends a request.

## Explanations

"""

Outcomes = Mapping[tuple[str, str], Outcome]


def page(outcomes: Outcomes, suites: Sequence[Suite], explanations: Mapping[str, Sequence[Explanation]]) -> str:
    """``outcomes`` and ``explanations`` by name of the suite; the former also by that of the front door."""
    names = [f"{suite.name} {suite.version}" for suite in suites]
    version = ".".join(map(str, sys.version_info[:2]))
    head = _HEAD.format(suites=len(suites), python=version, sum=_sum(outcomes, explanations))
    return "".join(
        [
            head,
            _table(["front door", *names], _rows(outcomes, suites, explanations)),
            _LEGEND,
            _table(["explanation", "suite", "failures"], _explanations(outcomes, explanations)),
        ]
    )


def _sum(outcomes: Outcomes, explanations: Mapping[str, Sequence[Explanation]]) -> str:
    counts = Counter[str]()
    for (suite, front_door), outcome in outcomes.items():
        if front_door != OWN_CLIENTS:
            explained = _explained(outcome, front_door, explanations[suite])
            counts.update(passed=outcome.passed, explained=explained, unexplained=len(outcome.failures) - explained)
    failed = f"{counts['explained']:,} failed as explained, and {counts['unexplained']:,} otherwise"
    return f"Of {counts.total():,} tests behind front doors, {counts['passed']:,} passed, {failed}."


def _rows(
    outcomes: Outcomes, suites: Sequence[Suite], explanations: Mapping[str, Sequence[Explanation]]
) -> Iterator[list[str]]:
    for front_door in (OWN_CLIENTS, *FRONT_DOORS):
        here = [outcomes.get((suite.name, front_door)) for suite in suites]
        cells = [_cell(each, front_door, explanations[suite.name]) for suite, each in zip(suites, here, strict=True)]
        yield [front_door if front_door == OWN_CLIENTS else f"`{front_door}`", *cells]


def _cell(outcome: Outcome | None, front_door: str, explanations: Sequence[Explanation]) -> str:
    if outcome is None:
        return "not run"
    explained = _explained(outcome, front_door, explanations)
    otherwise = len(outcome.failures) - explained
    plus = f" + {explained}" if explained else ""
    return f"{outcome.passed}{plus}" + (f", {otherwise} otherwise" if otherwise else "")


def _explained(outcome: Outcome, front_door: str, explanations: Sequence[Explanation]) -> int:
    return sum(_explanation(test, front_door, explanations) is not None for test in outcome.failures)


def _explanation(test: str, front_door: str, explanations: Sequence[Explanation]) -> Explanation | None:
    """The first that explains it."""
    return next((each for each in explanations if each.applies_to(front_door) and each.matches(test)), None)


def _explanations(outcomes: Outcomes, explanations: Mapping[str, Sequence[Explanation]]) -> Iterator[list[str]]:
    found: dict[str, Counter[str]] = {}
    for (suite, front_door), outcome in outcomes.items():
        if front_door == OWN_CLIENTS:
            continue
        for test in outcome.failures:
            explanation = _explanation(test, front_door, explanations[suite])
            if explanation is not None:
                found.setdefault(explanation.reason, Counter())[suite] += 1
    for reason, counts in sorted(found.items(), key=lambda item: (-item[1].total(), item[0])):
        yield [reason, ", ".join(sorted(counts)), str(counts.total())]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
