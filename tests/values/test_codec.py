"""JSON in and out."""

import json
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from math import nan
from threading import Barrier

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambda_http_adapter._values import codec

CIRCLE: list[object] = []
CIRCLE.append(CIRCLE)


def outcome(data: bytes) -> str:
    """The value as Python writes it, which tells 1 from 1.0 and 0.0 from -0.0, or the error that callers catch."""
    try:
        return repr(codec.loads(data))
    except ValueError:
        return "ValueError"
    except RecursionError:
        return "RecursionError"


@pytest.mark.parametrize("repeated", [1, 30_000], ids=["small", "large"])
@given(text=st.text(max_size=20))
@example(text="".join(map(chr, range(0x300))))
@example(text='"\\/\u2028\U0001f30d\uffff')
def test_escaped(repeated: int, text: str) -> None:
    text *= repeated
    assert b'"%b"' % b"".join(codec.escaped(text.encode())) == codec.dumps(text)


CASES: list[tuple[bytes, str]] = [
    (b'{"a":[1,"x",true,false,null]}', "{'a': [1, 'x', True, False, None]}"),
    (b" \t\r\n{} \n", "{}"),
    (b'"gr\xc3\xbc\xc3\x9fe \xf0\x9f\x8c\x8d"', "'grüße 🌍'"),
    (b'"\\u00fc\\ud83c\\udf0d\\n\\/"', "'ü🌍\\n/'"),
    (b'"\\u0000\x7f"', "'\\x00\\x7f'"),
    (b'{"a":1,"b":2,"a":3}', "{'a': 3, 'b': 2}"),
    (b'{"":0}', "{'': 0}"),
    # Numbers
    (b"0", "0"),
    (b"-0", "0"),
    (b"-0.0", "-0.0"),
    (b"1.0", "1.0"),
    (b"1E5", "100000.0"),
    (b"1e-400", "0.0"),
    (b"1e400", "inf"),
    (b"9007199254740993.0", "9007199254740992.0"),
    (b"9223372036854775808", "9223372036854775808"),
    (b"-9223372036854775808", "-9223372036854775808"),
    (b"18446744073709551615", "18446744073709551615"),
    (b"18446744073709551616", "18446744073709551616"),
    (b"-9223372036854775809", "-9223372036854775809"),
    (b'{"id":123456789012345678901234567890}', "{'id': 123456789012345678901234567890}"),
    (b"9" * 5000, "ValueError"),
    # What the standard library takes although RFC 8259 doesn't have it
    (b"NaN", "nan"),
    (b"[Infinity,-Infinity]", "[inf, -inf]"),
    (b'"\\ud800"', "'\\ud800'"),
    (b'"\\udf0d\\ud83c"', "'\\udf0d\\ud83c'"),
    (b'"\xed\xa0\x80"', "'\\ud800'"),
    (b"\xef\xbb\xbf{}", "{}"),
    (b"{\x00}\x00", "{}"),
    # What nobody takes
    (b"", "ValueError"),
    (b" ", "ValueError"),
    (b"{", "ValueError"),
    (b"{} {}", "ValueError"),
    (b"[1,]", "ValueError"),
    (b"{'a':1}", "ValueError"),
    (b"{1:1}", "ValueError"),
    (b"01", "ValueError"),
    (b"+1", "ValueError"),
    (b".5", "ValueError"),
    (b"5.", "ValueError"),
    (b"// 1", "ValueError"),
    (b"nan", "ValueError"),
    (b'"\n"', "ValueError"),
    (b'"\\x41"', "ValueError"),
    (b'"\xff"', "ValueError"),
    (b'"\xc3"', "ValueError"),
    (b"\xc2\xa01", "ValueError"),
    (b"[1]\x00", "ValueError"),
    (b"[1]\xc2\xa0", "ValueError"),
    (b"[1]X", "ValueError"),
    (b"[" * 100_000, "RecursionError"),
    (b"[" * 100_000 + b"]" * 100_000, "RecursionError"),
]


@pytest.mark.parametrize(
    ("data", "value"), CASES, ids=[f"{number}-{data[:30]!r}" for number, (data, _) in enumerate(CASES)]
)
def test_loads(data: bytes, value: str) -> None:
    assert outcome(data) == value


LONG = "QUJD" * 20_000


@pytest.mark.parametrize(
    "text",
    [
        '{"version":"2.0","body":"LONG","isBase64Encoded":true}',
        '{"isBase64Encoded":true,"body":"LONG","headers":{"a":"\\"b\\""}} ',
        '{"body":"LONG","isBase64Encoded":false}',
        '{"body":"LONG"}',
        '{"body": "LONG","isBase64Encoded":true}',
        '{"body":"LONG\\u0041","isBase64Encoded":true}',
        '{"body":"LONGé","isBase64Encoded":true}',
        '{"body":"LONG","body":"","isBase64Encoded":true}',
        '{"body":"","body":"LONG","isBase64Encoded":true}',
        '{"body":"short","more":"LONG","isBase64Encoded":true}',
        '{"inner":{"body":"LONG","isBase64Encoded":true}}',
        '{"inner":{"body":"LONG"},"body":"","isBase64Encoded":true}',
        '{"inner":{"body":"LONG","isBase64Encoded":true},"isBase64Encoded":true}',
        '{"body":"LONG","isBase64Encoded":true,"isBase64Encoded":false}',
        '{"body":"LONG","isBase64Encoded":true,"\\u0062ody":""}',
        '{"inner":{"body":"LONG"},"b\\u006Fdy":"","isBase64Encoded":true}',
        '[{"body":"LONG","isBase64Encoded":true}]',
        '{"text":"\\"body\\":\\"LONG","isBase64Encoded":true}',
        '{"body":"LONG","isBase64Encoded":true}}',
        '{"body":"LONG","isBase64Encoded":true',
        '{"body":"LONG',
        '"body":"LONG","isBase64Encoded":true',
    ],
)
def test_a_large_body_is_what_json_makes_of_it(text: str) -> None:
    data = text.replace("LONG", LONG).encode()
    try:
        expected = repr(json.loads(data))
    except ValueError:
        expected = "ValueError"
    assert outcome(data) == expected


def test_a_large_body_in_base64_is_not_scanned() -> None:
    """Who decodes it finds what is no base64: a line break, for example, which JSON doesn't allow in a string."""
    event = codec.loads(b'{"body":"' + LONG.encode() + b'\n","isBase64Encoded":true}')
    assert event == {"body": LONG + "\n", "isBase64Encoded": True}
    with pytest.raises(ValueError, match="base64"):
        codec.b64decode(LONG + "\n")


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ({"a": [1, 1.5, True, None], "b": {}}, b'{"a":[1,1.5,true,null],"b":{}}'),
        ("grüße 🌍", '"grüße 🌍"'.encode()),
        ('"\\\n\x00\x7f', b'"\\"\\\\\\n\\u0000\x7f"'),
        ("\u2028/", b'"\xe2\x80\xa8/"'),
        ("\ud800", b'"\\ud800"'),
        (["ü", "\ud800"], b'["\\u00fc","\\ud800"]'),
        ({"\ud800": 1, "b": 2}, b'{"\\ud800":1,"b":2}'),
        (2**70, b"1180591620717411303424"),
        (nan, b"NaN"),
    ],
)
def test_dumps(value: object, data: bytes) -> None:
    assert codec.dumps(value) == data


def test_dumps_with_a_default_differs_in_that_alone() -> None:
    def default(value: object) -> object:
        return str(value)

    assert codec.dumps({"b": [1j, nan], "a": "ü"}, default) == '{"b":["1j",NaN],"a":"ü"}'.encode()
    assert codec.dumps(["\ud800", 1j], default) == b'["\\ud800","1j"]'
    with pytest.raises(TypeError, match="keys must be str, int, float, bool or None, not tuple"):
        codec.dumps({(1,): 2}, default)
    with pytest.raises(ValueError, match="Circular reference detected"):
        codec.dumps(CIRCLE, default)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[]))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


@given(value=VALUES)
@example(value={"\ud800": "\udf0d"})
def test_dumps_can_be_read_back(value: object) -> None:
    assert repr(json.loads(codec.dumps(value))) == repr(value)


class Size(IntEnum):
    small = 1


@given(value=VALUES)
@example(value={1: {1.5: Size.small, None: (True,)}, Size.small: nan})
@example(value=OrderedDict(a=object))
def test_dumps_writes_what_the_standard_library_writes(value: object) -> None:
    def name(value: object) -> str:
        return str(type(value))

    usual = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=name)
    assert codec._encoder(name)(value) == usual


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (object(), "Object of type object is not JSON serializable"),
        ({(1,): 2}, "keys must be str, int, float, bool or None, not tuple"),
        (CIRCLE, "Circular reference detected"),
    ],
)
def test_what_dumps_refuses(value: object, error: str) -> None:
    with pytest.raises((TypeError, ValueError), match=error):
        codec.dumps(value)


def test_threads_may_encode_the_same_object_at_once() -> None:
    """While one is within ``default``, another begins."""
    inside = Barrier(2, timeout=20)
    shared = [object()]

    def default(_: object) -> int:
        inside.wait()
        return 1

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda _: codec.dumps(shared, default), range(2))) == [b"[1]"] * 2


def test_without_the_encoder_in_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "_make_encoder", None)
    assert codec.dumps({"a": object(), "b": 1}, lambda _: "ü") == '{"a":"ü","b":1}'.encode()
