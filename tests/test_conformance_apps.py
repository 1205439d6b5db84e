"""How scripts/conformance --apps compares answers, and that two of the applications answer as the page says."""

from collections import Counter
from pathlib import Path

import pytest

from conformance import apps
from conformance.visits.command import visit
from conformance.visits.comparison import Difference, Outcome, compare
from conformance.visits.exchange import Exchange, Response, Visit, load
from conformance.visits.front_doors import FRONT_DOORS, JOINED, METHOD, RENAMED, TYPED_JSON
from conformance.visits.likeness import is_like
from conformance.visits.page import page
from conformance.visits.tour import Tour

URL = "https://shop.example.com"
TEXT = ("content-type", "text/plain")


def visited(*answers: Response, target: str = "/a", rules: tuple[str, ...] = (), broke: str = "") -> Visit:
    return Visit(tuple(Exchange("GET", f"{URL}{target}", answer, rules) for answer in answers), broke)


@pytest.mark.parametrize(
    ("found", "one", "other", "like"),
    [
        ("a b", "a b", "a b", True),
        ("a c", "a b", "a b", False),
        ("id=9;x", "id=1;x", "id=2;x", True),
        ("id=9;y", "id=1;x", "id=2;x", False),
        ("id=;x", "id=1;x", "id=2;x", True),
        ("id=9 9;x", "id=1;x", "id=2;x", False),
        ("id=<p>;x", "id=1;x", "id=2;x", False),
        ("/shop/?t=9", "/live/shop/?t=1", "/live/shop/?t=2", False),
        ("12:35:10!", "12:34:10!", "12:34:50!", True),
        ("took 4.8ms", "took 2.2ms", "took 2.3ms", True),
        ("a\nid-9\nb\n", "a\nid-1\nb\n", "a\nid-2-3\nb\n", True),
        ("a\nb\n", "a\nid-1\nb\n", "a\nid-2\nb\n", False),
        ("ends 9", "ends 1", "ends 2", True),
        ("ends 9 more", "ends 1", "ends 2", False),
        ("", "a", "a", False),
    ],
)
def test_an_answer_may_differ_where_two_of_the_server_do(found: str, one: str, other: str, like: bool) -> None:
    assert is_like(found, one, other) is like


@pytest.mark.parametrize(
    ("door", "server", "found", "what"),
    [
        ("alb", Response(200, (TEXT,), b"a"), Response(200, (TEXT,), b"a"), ""),
        ("alb", Response(200, (("date", "1"),), b""), Response(200, (("x-amzn-remapped-date", "2"),), b""), ""),
        ("alb", Response(404, (), b""), Response(500, (), b""), "500, not 404"),
        ("rest", Response(200, (("content-type", ""),), b""), Response(200, (("content-type", ""),), b""), ""),
        ("alb", Response(200, (TEXT,), b""), Response(200, (), b""), "0 of 1 content-type"),
        (
            "alb-multi",
            Response(200, (("set-cookie", "a=1"), ("set-cookie", "b=2")), b""),
            Response(200, (("set-cookie", "b=2"),), b""),
            "1 of 2 set-cookie",
        ),
        (
            "alb",
            Response(302, (("location", "/live/b"),), b""),
            Response(302, (("location", "/b"),), b""),
            "location: /b, not /live/b",
        ),
        (
            "alb",
            Response(302, (("location", "/b"),), b""),
            Response(301, (("location", "/a"),), b""),
            "a redirect to itself, not 302 /b",
        ),
        ("alb", Response(200, (), b"caf\xc3\xa9"), Response(200, (), b"cafe"), "another body: 'cafe', not 'café'"),
    ],
)
def test_status_headers_and_body_are_compared(door: str, server: Response, found: Response, what: str) -> None:
    outcome = compare(visited(server), visited(server), visited(found), FRONT_DOORS[door])
    differences = [Difference("GET /a", what)] if what else []
    assert outcome == Outcome(1, int(not what), 0, Counter(), differences)


VARY = (("vary", "a"), ("vary", "b"))


@pytest.mark.parametrize(
    ("door", "server", "found", "reasons"),
    [
        ("alb", VARY, (("vary", "a, b"),), [JOINED.reason]),
        ("function-url", (("www-authenticate", "Basic"), TEXT), (("x-amzn-remapped-www-authenticate", "Basic"), TEXT),
         [RENAMED.reason]),
        ("rest", (), (("content-type", "application/json"),), [TYPED_JSON.reason]),
        ("function-url", VARY, (("vary", "a, b"), ("content-type", "application/json")),
         [JOINED.reason, TYPED_JSON.reason]),
    ],
)  # fmt: skip
def test_a_rule_says_what_comes_out(
    door: str, server: tuple[tuple[str, str], ...], found: tuple[tuple[str, str], ...], reasons: list[str]
) -> None:
    of_server = visited(Response(200, server, b""))
    outcome = compare(of_server, of_server, visited(Response(200, found, b"")), FRONT_DOORS[door])
    assert outcome == Outcome(1, 0, 1, Counter(reasons), [])
    without_rule = compare(of_server, of_server, of_server, FRONT_DOORS[door])
    assert len(without_rule.differences) == 1


@pytest.mark.parametrize(
    ("door", "target", "passed_on"),
    [
        ("http-api", "/a%2Fb?c=%2f", "/a/b?c=%2f"),
        ("http-api", "/%C3%A9", "/%C3%A9"),
        ("rest", "/live/a?b=%20&c&b=d", "/live/a?b=+&b=d&c="),
        ("alb", "/a?b=1&b=2&c=3", "/a?b=2&c=3"),
        ("alb-multi", "/a?b=1&b=2", "/a?b=1&b=2"),
    ],
)
def test_the_server_gets_the_target_as_the_front_door_sends_it(door: str, target: str, passed_on: str) -> None:
    assert FRONT_DOORS[door].passed_on(target)[0] == passed_on


def test_an_answer_to_a_changed_request_is_explained() -> None:
    of_server = visited(Response(405, (TEXT,), b""), rules=(METHOD,))
    outcome = compare(of_server, of_server, visited(Response(405, (TEXT,), b"")), FRONT_DOORS["alb"])
    assert outcome == Outcome(1, 0, 1, Counter([METHOD]), [])


OK = Response(200, (TEXT,), b"")


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (visited(OK, broke="KeyError: 'x'"), "no answer: KeyError: 'x'"),
        (visited(OK, OK, OK), "the client asked for more"),
        (visited(OK, OK, broke="KeyError: 'x'"), "the visit broke off: KeyError: 'x'"),
        (visited(OK, OK, target="/b"), "the client asked for GET /b instead"),
    ],
)
def test_a_visit_that_ends_elsewhere_is_a_difference(found: Visit, what: str) -> None:
    outcome = compare(visited(OK, OK), visited(OK, OK), found, FRONT_DOORS["alb"])
    assert outcome.differences == [Difference("GET /a", what)]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (visited(OK, broke="ReadTimeout: x"), "A visit to the server broke off: ReadTimeout: x"),
        (visited(Response(404, (), b"")), "Two visits to the server went other ways"),
    ],
)
def test_visits_to_the_server_have_to_be_alike(other: Visit, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare(visited(OK), other, visited(OK), FRONT_DOORS["alb"])


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("500, not 404", "status"),
        ("a redirect to itself, not 302 /b", "status"),
        ("no answer: KeyError: 'x'", "status"),
        ("the client asked for GET /b instead", "status"),
        ("location: /b, not /live/b", "location"),
        ("content-type: x, not ", "content-type"),
        ("1 of 2 set-cookie", "set-cookie"),
        ("another body: 'a: b', not 'a'", "body"),
    ],
)
def test_a_difference_is_of_one_kind(what: str, kind: str) -> None:
    assert Difference("GET /a", what).kind == kind


def test_a_visit_comes_back_from_its_file(tmp_path: Path) -> None:
    seen = visited(Response(200, VARY, bytes(range(256))), rules=("a rule",), broke="KeyError: 'é'")
    seen.dump(tmp_path / "outcome.json")
    assert load(tmp_path / "outcome.json") == seen


@pytest.mark.parametrize("name", apps.NAMES)
def test_each_app_has_a_version_and_a_way_to_make_it(name: str) -> None:
    app = apps.load(name)
    assert app.version
    assert app.makers


def test_the_page_counts_answers_and_quotes_a_difference_of_each_kind() -> None:
    here = {name: Outcome(9, 7, 2, Counter({JOINED.reason: 2}), []) for name in FRONT_DOORS}
    differences = [Difference("GET /a", "another body: '`|', not 'a'"), *[Difference("GET /b", "500, not 404")] * 2]
    equal = {"alb": 7, "http-api": 6, "function-url": 5, "rest": 4}
    there = {name: Outcome(9, count, 0, Counter(), differences) for name, count in equal.items()}
    clients = {
        (name, origin): "broke" if (name, origin) == ("hg", "alb") else ""
        for name in ("git", "pip", "hg")
        for origin in there
    }
    lines = page([Tour("datasette", "asgi", here, {"Mangum": there})], clients).splitlines()
    doors = "`function-url`, `http-api`, `rest`, `alb`"
    for line in (
        "Of 72 answers, 56 were equal, 16 were equal after a rule, and 0 were otherwise.",
        f"| [Datasette](../conformance/apps/datasette.py) {apps.load('datasette').version} | uvicorn |"
        + " 7 + 2 |" * len(FRONT_DOORS),
        "| Datasette | Mangum | 9 | 4 | 3 | 5 | 2 |",
        f"| Datasette | Mangum | {doors} | `GET /b` | `500, not 404` |",
        f"| Datasette | Mangum | {doors} | `GET /a` | `another body: ''\\|', not 'a'` |",
        "| `hg` | hgweb | clone, commit, push, clone again | yes | yes | yes | no |",
    ):
        assert line in lines


@pytest.mark.slow
def test_two_applications_answer_behind_each_front_door_as_behind_their_servers(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert visit(["datasette", "httpbin"], tmp_path, workers=2, write=False)
    out = capfd.readouterr().out
    assert "datasette (asgi) behind rest: 60 requests, 60 equal, 0 by a rule, 0 otherwise" in out
    assert "httpbin (wsgi) behind function-url: 64 requests, 55 equal, 9 by a rule, 0 otherwise" in out
