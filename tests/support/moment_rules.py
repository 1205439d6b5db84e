"""What a process may do that a signal or its deadline has struck."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tests.support.momentary_apps import PIECE
from tests.support.moments import FAR, STRIKES, Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.moment_observer import Seen

_WHOLE = f"response 200 {PIECE * 2}"
_OF_HANDLER = {_WHOLE.replace("200 ", ""), "response {'pieces': 2}"}
_RIGHT = {
    "/": {_WHOLE, *_OF_HANDLER},
    "/sigterm": {_WHOLE, *_OF_HANDLER},
    "/raise": {
        "response 500 Internal Server Error",
        "error ValueError",
        f"response 200 {PIECE} and trailers",
        f"response {PIECE} and trailers",
    },
    "/stuck": set(),
    "/stuck_hook": {_WHOLE, *_OF_HANDLER},
}
_LATE = {
    "response 504 Gateway Timeout",
    "error AppError",
    *(f"response {head}{PIECE * count} and trailers" for head in ("200 ", "") for count in range(3)),
}


def complaints(case: Case, seen: Seen) -> Iterator[str]:
    """What the child may not have done."""
    strike = STRIKES[case.strike]
    yield from seen.complaints
    yield from seen.noted("raised")
    if seen.code not in strike.codes:
        yield f"exit code {seen.code}"
    ends = ["lifespan", "hook"] if case.driver in ("asyncio", "uvloop") else ["hook"]
    if seen.noted("end ") != ends:
        yield f"its end was {seen.noted('end ')}"
    for word in ("race condition", "never retrieved", "Exception ignored", "was destroyed", "never awaited"):
        if word in seen.logs:
            yield f"{word} in its logs"
    yield from _wrong_answers(case, seen)
    if strike.second and seen.noted("app") and seen.polls > 1:
        yield f"{seen.polls} polls"


def _wrong_answers(case: Case, seen: Seen) -> Iterator[str]:
    strike = STRIKES[case.strike]
    posts = dict(seen.posts)
    if len(posts) != len(seen.posts):
        yield f"answered twice: {seen.posts}"
    half = posts.pop("", "")
    cut = strike.grace < FAR or case.strike == "grace"
    if half and not (cut and case.mode == "response_stream"):
        yield half
    for number, path in enumerate(strike.paths[: seen.delivered]):
        text = posts.pop(f"r-{number}", None)
        right = _RIGHT[path] | (_LATE if strike.signal == signal.SIGALRM else set())
        last = number == seen.delivered - 1
        if text is None:
            is_left = last and (cut or not seen.noted(f"app {number}"))
            if strike.signal == signal.SIGALRM and not strike.second:
                is_left = False
            if not is_left and not half:
                yield f"{path} is not answered"
        elif text not in right:
            yield f"{path} is answered: {text}"
    if posts:
        yield f"answers to nothing: {posts}"
