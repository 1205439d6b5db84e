"""The comparison of a visit behind a front door with two visits to the app's own server."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urljoin

from .exchange import Exchange, Response, Visit
from .front_doors import FrontDoor
from .likeness import is_like

# The server's or the front door's own: they describe the connection, not the app's response.
_NOT_COMPARED = frozenset({"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"})
_RENAMED = "x-amzn-remapped-"


class Difference(NamedTuple):
    """``what`` is other than behind the server in the response to ``request``, a method and a target."""

    request: str
    what: str

    @property
    def kind(self) -> str:
        """The name of the header, ``body``, or ``status``, which stands for any other answer or none."""
        if self.what.startswith("another body"):
            return "body"
        header = re.match(r"([a-z-]+): |\d+ of \d+ ([a-z-]+)", self.what)
        return "status" if header is None else header[1] or header[2]


class Outcome(NamedTuple):
    """``equal`` of ``requests`` were answered as by the server, ``explained`` after a rule of the front door.

    ``rules`` counts the responses that each rule has changed.
    """

    requests: int
    equal: int
    explained: int
    rules: Counter[str]
    differences: Sequence[Difference]


def compare(one: Visit, other: Visit, visit: Visit, front_door: FrontDoor) -> Outcome:
    """``one`` and ``other`` are visits to the server. Raises ValueError if they broke off or went other ways."""
    _require_alike(one, other)
    rules: Counter[str] = Counter()
    equal = explained = 0
    differences = []
    for first, second, exchange in zip(one.exchanges, other.exchanges, visit.exchanges, strict=False):
        request = _request(first, front_door)
        if first.method != exchange.method or not is_like(exchange.url, first.url, second.url):
            differences.append(Difference(request, f"the client asked for {_request(exchange, front_door)} instead"))
            break
        expected, applied = _ruled(first, front_door)
        what = _difference(expected, _ruled(second, front_door)[0], _compared(exchange.response))
        if what and _leads_to_itself(exchange):
            what = f"a redirect to itself, not {expected.status} {expected.header('location')}".rstrip()
        if what:
            differences.append(Difference(request, what))
            continue
        rules.update(applied)
        if applied:
            explained += 1
        else:
            equal += 1
    else:
        differences += _ending(one, visit, front_door)
    return Outcome(len(one.exchanges), equal, explained, rules, differences)


def _require_alike(one: Visit, other: Visit) -> None:
    for visit in (one, other):
        if visit.broke:
            raise ValueError(f"A visit to the server broke off: {visit.broke}.")
    first, second = ([(each.method, each.response.status) for each in visit.exchanges] for visit in (one, other))
    if first != second:
        raise ValueError(f"Two visits to the server went other ways: {first}, then {second}.")


def _ending(one: Visit, visit: Visit, front_door: FrontDoor) -> Iterator[Difference]:
    """Whether the visit ended where that to the server did."""
    expected, found = len(one.exchanges), len(visit.exchanges)
    if found < expected:
        yield Difference(_request(one.exchanges[found], front_door), f"no answer: {visit.broke}")
    elif found > expected:
        yield Difference(_request(visit.exchanges[expected], front_door), "the client asked for more")
    elif visit.broke:
        yield Difference(_request(visit.exchanges[-1], front_door), f"the visit broke off: {visit.broke}")


def _leads_to_itself(exchange: Exchange) -> bool:
    location = exchange.response.header("location")
    return bool(location) and urljoin(exchange.url, location) == exchange.url


def _request(exchange: Exchange, front_door: FrontDoor) -> str:
    return f"{exchange.method} {exchange.url.removeprefix(front_door.url)}"


def _ruled(exchange: Exchange, front_door: FrontDoor) -> tuple[Response, Sequence[str]]:
    """The response as it is expected behind the front door, and the reasons."""
    response, applied = _compared(exchange.response), list(exchange.rules)
    for rule in front_door.responses:
        changed = rule.apply(response)
        if sorted(changed.headers) != sorted(response.headers):
            applied.append(rule.reason)
            response = changed
    return response, applied


def _compared(response: Response) -> Response:
    headers = [field for field in response.headers if field[0].removeprefix(_RENAMED) not in _NOT_COMPARED]
    return response._replace(headers=tuple(headers))


def _difference(one: Response, other: Response, found: Response) -> str:
    """What is other in ``found``, or ""."""
    if found.status != one.status:
        return f"{found.status}, not {one.status}"
    for name in sorted({name for name, _ in (*one.headers, *found.headers)}):
        values, others, founds = (_values(response, name) for response in (one, other, found))
        if len(values) != len(founds):
            return f"{len(founds)} of {len(values)} {name}"
        for value, second, third in zip(values, others, founds, strict=True):
            if not is_like(third, value, second):
                return f"{name}: {third[:120]}, not {value[:120]}"
    body, second, third = (response.body.decode("latin-1") for response in (one, other, found))
    return "" if is_like(third, body, second) else f"another body: {_shown(body, third)}"


def _values(response: Response, name: str) -> list[str]:
    return [value for key, value in response.headers if key == name]


def _shown(one: str, found: str) -> str:
    """Where they begin to differ."""
    start = next((at for at, (a, b) in enumerate(zip(one, found, strict=False)) if a != b), min(len(one), len(found)))
    start = max(start - 30, 0)
    shown = (text[start : start + 70].encode("latin-1").decode(errors="replace") for text in (found, one))
    return "{!r}, not {!r}".format(*shown)
