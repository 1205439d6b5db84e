import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_http_adapter._apps import Interruption
from lambda_http_adapter._runtime.careful_parser import CarefulParser
from lambda_http_adapter._runtime.client import AnswerParser, APIAnswer
from lambda_http_adapter.errors import RuntimeAPIError
from tests.support.read_answer import PLAIN, by_both, by_httptools
from tests.support.runtime_process import Cut, bytewise, in_sevens, whole


@pytest.mark.parametrize("cut", [whole, bytewise, in_sevens])
@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        (
            b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n',
            APIAnswer(
                202, {b"content-type": b"application/json", b"content-length": b"16"}, b'{"status":"OK"}\n', True
            ),
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n",
            APIAnswer(200, {b"transfer-encoding": b"chunked"}, b"abc0123456789", True),
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Late: 1\r\n\r\n",
            APIAnswer(200, {b"transfer-encoding": b"chunked"}, b"a", True),
        ),
        (b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", APIAnswer(202, {b"content-length": b"0"}, b"", True)),
        (b"HTTP/1.1 204 No Content\r\n\r\n", APIAnswer(204, {}, b"", True)),
        (
            b"HTTP/1.1 413 Request Entity Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
            APIAnswer(413, {b"connection": b"close", b"content-length": b"2"}, b"{}", False),
        ),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", APIAnswer(200, {b"content-length": b"0"}, b"", False)),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1",
            APIAnswer(200, {b"content-length": b"1"}, b"1", True),
        ),
        (
            b"HTTP/1.1 200 OK\r\nX-Empty: \r\nX-MiXeD:  a\tb\r\nX-Bytes: \xc3\xbc\r\nContent-Length: 0\r\n\r\n",
            APIAnswer(
                200, {b"x-empty": b"", b"x-mixed": b"a\tb", b"x-bytes": b"\xc3\xbc", b"content-length": b"0"}, b"", True
            ),
        ),
    ],
)
def test_an_answer_is_the_same_however_it_is_cut(cut: Cut, raw: bytes, answer: APIAnswer) -> None:
    parser = AnswerParser()
    pieces = cut(raw)
    *before, last = map(parser.feed, pieces)
    assert before == [None] * (len(pieces) - 1)
    assert last is not None
    assert vars(last) == vars(answer)
    assert not parser.mid_answer


@pytest.mark.parametrize("cut", [whole, bytewise])
def test_answers_follow_each_other_on_one_connection(cut: Cut) -> None:
    parser = AnswerParser()
    answers = []
    for raw in (
        b"HTTP/1.1 200 OK\r\nX-First: 1\r\nContent-Length: 3\r\n\r\none",
        b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthree",
    ):
        answers += [answer for answer in map(parser.feed, cut(raw)) if answer is not None]
    assert [(answer.status, answer.body) for answer in answers] == [
        (200, b"one"),
        (202, b"two"),
        (204, b""),
        (200, b"three"),
    ]
    assert b"x-first" not in answers[3].headers


@pytest.mark.parametrize(
    "begun",
    [
        b"H",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\non",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
def test_a_begun_answer_is_known_to_be_begun(begun: bytes) -> None:
    parser = AnswerParser()
    assert not parser.mid_answer
    assert parser.feed(begun) is None
    assert parser.mid_answer


def test_no_bytes_begin_nothing() -> None:
    parser = AnswerParser()
    assert parser.feed(b"") is None
    assert not parser.mid_answer


@pytest.mark.parametrize(
    "raw", [b"SSH-2.0-OpenSSH_9.6\r\n", b"\x15\x03\x01\x00\x02\x02", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]
)
def test_what_is_not_http_is_refused(raw: bytes) -> None:
    with pytest.raises(RuntimeAPIError, match="not HTTP"):
        AnswerParser().feed(raw)


# Plain answers are read without httptools: nobody must be able to tell.

# What tells one answer from another, and what could be taken for it.
FRAGMENTS = (
    *(
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b"\0",
        b" ",
        b"\t",
        b":",
        b";",
        b"-1",
        b"+1",
        b"0",
        b"7",
        b"8",
        b"\x7f",
        b"\xff",
    ),
    *(b"Content-Length: 7\r\n", b"content-length:7\r\n", b"Content-Length: 7, 7\r\n", b"Content-Length : 7\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"Connection: keep-alive\r\n", b" folded\r\n"),
    *(b"HTTP/1.0", b"HTTP/1.1 204", b"HTTP/1.1 100 Continue\r\n\r\n", b"X: y\r\n", b"X: \xc3\xbc\r\n", b": y\r\n"),
)
EDIT = st.tuples(st.integers(0, 200), st.integers(0, 3), st.sampled_from(FRAGMENTS))


@pytest.mark.parametrize("raw", PLAIN)
def test_a_plain_answer_is_what_httptools_makes_of_it(raw: bytes) -> None:
    assert by_both([raw]) == by_httptools(raw) != "refused"


@given(st.sampled_from(PLAIN), st.lists(EDIT, min_size=1, max_size=3))
@settings(max_examples=500)
def test_no_edit_of_a_plain_answer_is_read_differently(raw: bytes, edits: list[tuple[int, int, bytes]]) -> None:
    for place, removed, inserted in edits:
        start = place % (len(raw) + 1)
        raw = raw[:start] + inserted + raw[start + removed :]
    assert by_both([raw]) == by_httptools(raw)
    assert by_both([raw], PLAIN) == by_httptools(raw)  # also where the headers of the answers before are known


@pytest.mark.parametrize(
    "head",
    [
        b"X: 1\r\nY: 2",
        b"Y: 1\r\nX: 2",
        b"X: 1",
        b"X: 1\r\nY: 2\r\nZ: 3",
        b"x: 1\r\nY: 2",
        b"X: 1\r\nYY: 2",
        b"X: \r\nY: 2",
        b"X:  1\r\nY: 2",
        b"X: 1\r\nY: \t2",
        b"X: 1: 2\r\nY: 3",
        b"X\r\nY: 1: 2",
        b"X: 1\r\nX: 2",
        b"X y: 1\r\nY: 2",
        b"X(: 1\r\nY: 2",
        b"X: 1\r\nTransfer-Encoding: identity",
    ],
)
def test_an_answer_with_other_headers_than_the_one_before(head: bytes) -> None:
    first = b"HTTP/1.1 200 OK\r\nX: 1\r\nY: 2\r\nContent-Length: 1\r\n\r\na"
    raw = b"HTTP/1.1 200 OK\r\n" + head + b"\r\nContent-Length: 1\r\n\r\nb"
    assert by_both([raw], [first]) == by_httptools(raw)


def test_equal_receipts_are_read_once() -> None:
    parser = AnswerParser()
    other = PLAIN[1].replace(b"\r\n\r\n", b"\r\nDate: Mon, 30 Nov 2026 19:23:05 GMT\r\n\r\n")
    first, again, changed = parser.feed(PLAIN[1]), parser.feed(PLAIN[1]), parser.feed(other)
    assert first is again
    assert changed is not None
    assert changed.headers[b"date"] == b"Mon, 30 Nov 2026 19:23:05 GMT"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"HTTP/1.1 099 What\r\nContent-Length: 0\r\n\r\n", "The Runtime API answered with status 99"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "The Runtime API answered twice",
        ),
    ],
)
def test_what_no_answer_is(raw: bytes, message: str) -> None:
    with pytest.raises(RuntimeAPIError) as raised:
        AnswerParser().feed(raw)
    assert str(raised.value) == message


@pytest.mark.parametrize("raised", [Interruption(), RuntimeAPIError("no"), ValueError("no")])
def test_what_strikes_within_a_callback_comes_out(raised: BaseException) -> None:
    class Struck(CarefulParser):
        def on_header(self, name: bytes, value: bytes) -> None:
            raise raised

    with pytest.raises((Interruption, RuntimeAPIError)) as told:
        Struck().feed(b"HTTP/1.1 200 OK\r\nX: 1\r\n\r\n")
    if isinstance(raised, ValueError):
        assert str(told.value).startswith("The Runtime API answered something that is not HTTP: ")
    else:
        assert told.value is raised
