"""``docs/apps.md``: what the visits have shown, as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..apps import load
from ..environment import ROOT
from .clients import CLIENTS, ORIGINS
from .comparison import Difference, Outcome
from .front_doors import FRONT_DOORS
from .tour import OTHERS_DOORS, TOOLS, Tour

PAGE = ROOT / "docs" / "apps.md"

_SERVERS = {"asgi": "uvicorn", "wsgi": "gunicorn"}

_HEAD = """\
# Whole applications

See what {apps} applications that nobody here wrote answer behind each front door, and ask them again yourself:

```sh
scripts/conformance --apps
scripts/conformance --apps datasette klaus
```

The script wrote this page (with `--write`). It exits with 1 if an answer behind one of our front doors is otherwise
than the server's and no rule explains it. It installs each application from the package index, in an environment of its
own outside the checkout, and sends it the requests in [`conformance/apps`](../conformance/apps), where you also see its
settings and data; Dash has a small dashboard of ours. Each visit begins with a new application. One goes to its own
server, uvicorn or gunicorn, at the URL that the front door has; the others go to `LambdaTransport`, through the events
of the front door. Status, headers and body have to be equal, except:

- `Connection`, `Content-Length`, `Date`, `Keep-Alive`, `Server` and `Transfer-Encoding`, which describe the connection;
- what differs between two visits to the server as well: a token, a time, an identifier;
- what the front door does to every function, by [the rules below](#rules).

APIs are at the stage `live` for `rest`, which is a part of each link, and at `$default` for `http-api`.

{sum}

"""

_RULES = """
## Rules

In the table above, `55 + 9` stands for 55 answers that are equal, and 9 that are equal after a rule of the front door
has been applied to the request or to the server's answer. A rule says what has to come out: it explains nothing else.

"""

_ELSEWHERE = """
## Under other adapters

The same requests went to the same applications under {others}, as these
come: `Mangum(app)`, `make_lambda_handler(app, binary_support=True)` and `handle_request(app, event, context)`, behind
the front doors that all of them support. The rules are applied too. This is how many answers are otherwise than the
server's:

"""

_EXAMPLES = """
These are, for each row, the first differences in a status, in each header and in a body. Otherwise isn't always wrong:
two lines of `Vary` say what one does, and under a stage Kinto's redirect leads astray behind gunicorn too.

"""

_CLIENTS = """
## Programs

These programs, which nobody here wrote either, did their work through `lambda-http-adapter dev`:

"""


def page(tours: Sequence[Tour], clients: Mapping[tuple[str, str], str]) -> str:
    """``clients`` has what went wrong, or "", by name of the client and of the origin."""
    outcomes = [outcome for tour in tours for outcome in tour.here.values()]
    tools = dict(tool.split("==") for tool in TOOLS)
    others = [f"{adapter} {tools[adapter.lower()]}" for adapter in dict.fromkeys(a for t in tours for a in t.elsewhere)]
    return "".join(
        [
            _HEAD.format(apps=len({tour.name for tour in tours}), sum=_sum(outcomes)),
            _table(["application", "server", *FRONT_DOORS], _rows(tours)),
            _RULES,
            _table(["rule", "behind", "answers"], _rules(tours)),
            _ELSEWHERE.format(others=_enumeration(others)),
            _table(["application", "adapter", "requests", *OTHERS_DOORS], _others(tours)),
            _EXAMPLES,
            _table(["application", "adapter", "behind", "request", "answer"], _examples(tours)),
            _CLIENTS,
            _table(["program", "application", "did", *ORIGINS], _clients(clients)),
        ]
    )


def _sum(outcomes: Iterable[Outcome]) -> str:
    counts = Counter[str]()
    for outcome in outcomes:
        counts.update(requests=outcome.requests, equal=outcome.equal, explained=outcome.explained)
    other = counts["requests"] - counts["equal"] - counts["explained"]
    after = f"{counts['explained']:,} were equal after a rule, and {other:,} were otherwise"
    return f"Of {counts['requests']:,} answers, {counts['equal']:,} were equal, {after}."


def _rows(tours: Iterable[Tour]) -> Iterator[list[str]]:
    for tour in tours:
        cells = [_cell(tour.here[name]) for name in FRONT_DOORS]
        app = load(tour.name)
        yield [f"[{app.title}](../conformance/apps/{tour.name}.py) {app.version}", _SERVERS[tour.colour], *cells]


def _cell(outcome: Outcome) -> str:
    rule = f" + {outcome.explained}" if outcome.explained else ""
    return f"{outcome.equal}{rule}" + (f", {_otherwise(outcome)} otherwise" if _otherwise(outcome) else "")


def _otherwise(outcome: Outcome) -> int:
    return outcome.requests - outcome.equal - outcome.explained


def _rules(tours: Iterable[Tour]) -> Iterator[list[str]]:
    behind: dict[str, Counter[str]] = {}
    for tour in tours:
        for name, outcome in tour.here.items():
            for reason, count in outcome.rules.items():
                behind.setdefault(reason, Counter())[name] += count
    for reason, counts in sorted(behind.items()):
        yield [reason, ", ".join(f"`{name}`" for name in FRONT_DOORS if name in counts), str(counts.total())]


def _others(tours: Iterable[Tour]) -> Iterator[list[str]]:
    for tour in tours:
        for adapter, outcomes in tour.elsewhere.items():
            counts = [_otherwise(outcomes[name]) for name in OTHERS_DOORS]
            requests = next(iter(outcomes.values())).requests
            yield [load(tour.name).title, adapter, str(requests), *map(str, counts)]


def _examples(tours: Iterable[Tour]) -> Iterator[list[str]]:
    for tour in tours:
        for adapter, outcomes in tour.elsewhere.items():
            found: dict[Difference, list[str]] = {}
            for name in OTHERS_DOORS:
                for difference in dict.fromkeys(outcomes[name].differences):
                    found.setdefault(difference, []).append(name)
            for (request, what), names in _one_of_each_kind(found).items():
                yield [
                    load(tour.name).title,
                    adapter,
                    ", ".join(f"`{name}`" for name in names),
                    _code(request),
                    _code(what),
                ]


def _one_of_each_kind(found: Mapping[Difference, list[str]]) -> Mapping[Difference, list[str]]:
    kinds: dict[str, Difference] = {}
    for difference in found:
        kinds.setdefault(difference.kind, difference)
    headers = [kind for kind in kinds if kind not in ("status", "body")]
    return {kinds[kind]: found[kinds[kind]] for kind in ("status", *headers, "body") if kind in kinds}


def _clients(outcomes: Mapping[tuple[str, str], str]) -> Iterator[list[str]]:
    for client in CLIENTS:
        cells = ["yes" if outcomes[client.name, origin] == "" else "no" for origin in ORIGINS]
        yield [f"`{client.name}`", load(client.app).title, client.does, *cells]


def _enumeration(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"
