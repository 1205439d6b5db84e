"""How a handler wants to be called: every shape that works, and what is said about one that doesn't."""

import functools
from collections.abc import Callable
from typing import cast

import pytest

from lambda_http_adapter._apps.handler import prepare
from lambda_http_adapter._apps.signature import Role, Signature, signature_of
from lambda_http_adapter.errors import ConfigurationError

Handler = Callable[..., object]

BEFORE = """
from __future__ import annotations
import functools, typing
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from nowhere import LambdaContext, Order

class Event: ...

def decorated(handler):
    @functools.wraps(handler)
    def inner(*arguments):
        return handler(*arguments)
    return inner

"""


def defined(source: str) -> Handler:
    """The ``handler`` of a module in which LambdaContext and Order are imported for type checkers alone."""
    module: dict[str, object] = {"__name__": "module"}
    exec(BEFORE + source, module)
    return cast(Handler, module["handler"])


EVENT: tuple[Role, ...] = ("event",)
CONTEXT: tuple[Role, ...] = ("context",)
BOTH: tuple[Role, ...] = ("event", "context")
GO: tuple[Role, ...] = ("context", "event")

SHAPES: list[tuple[str, tuple[Role, ...], str | None]] = [
    ("def handler(): ...", (), None),
    ("def handler(event): ...", EVENT, None),
    ("def handler(order): ...", EVENT, None),
    ("def handler(order: Event): ...", EVENT, "Event"),
    ("def handler(order: dict): ...", EVENT, "dict"),
    ("def handler(context): ...", CONTEXT, None),
    ("def handler(ctx): ...", CONTEXT, None),
    ("def handler(lambda_context): ...", CONTEXT, None),
    ("def handler(_context): ...", CONTEXT, None),
    ("def handler(c: LambdaContext): ...", CONTEXT, None),
    ("def handler(c: LambdaContext | None): ...", CONTEXT, None),
    ("def handler(event, context): ...", BOTH, None),
    ("def handler(a, b): ...", BOTH, None),
    ("def handler(order: Event, c: LambdaContext): ...", BOTH, "Event"),
    ("def handler(event: dict, context: typing.Any): ...", BOTH, "dict"),
    ("def handler(event=None, context=None): ...", BOTH, None),
    ("def handler(event, context=None): ...", BOTH, None),
    ("def handler(event, _): ...", BOTH, None),
    ("def handler(event, context, retries=3): ...", BOTH, None),
    ("def handler(event, context, *, debug=False): ...", BOTH, None),
    ("def handler(event, context, /): ...", BOTH, None),
    ("def handler(event, **rest): ...", EVENT, None),
    ("def handler(ctx, event): ...", GO, None),
    ("def handler(c: LambdaContext, order: Event): ...", GO, "Event"),
    ("def handler(event: LambdaContext, context: Event): ...", GO, "Event"),
    ("def handler(_, event): ...", GO, None),
    ("def handler(client=None): ...", (), None),
    ("def handler(event, retries=3, context=None): ...", EVENT, None),
    ("def handler(event, retries=3, *rest): ...", EVENT, None),
    ("def handler(*arguments, **rest): ...", BOTH, None),
    ("def handler(event, *rest): ...", BOTH, None),
    ("def handler(context, *rest): ...", GO, None),
    ("async def handler(event): ...", EVENT, None),
    ("async def handler(event):\n    yield b''", EVENT, None),
    ("def handler(event):\n    yield b''", EVENT, None),
    ("@decorated\ndef handler(order: Event, context): ...", BOTH, "Event"),
    ("def two(a: Event, context): ...\nhandler = functools.partial(two, 1)", CONTEXT, None),
    ("def one(a: Event): ...\nhandler = functools.partial(one)", EVENT, "Event"),
    ("class Handler:\n    def __call__(self, order: Event): ...\nhandler = Handler()", EVENT, "Event"),
    ("class Handler:\n    def method(self, order: Event): ...\nhandler = Handler().method", EVENT, "Event"),
    ("class Handler:\n    @staticmethod\n    def method(event): ...\nhandler = Handler.method", EVENT, None),
    ("class Handler:\n    @classmethod\n    def method(cls, event): ...\nhandler = Handler.method", EVENT, None),
    ("handler = lambda event: None", EVENT, None),
    ("handler = {}.update  # doesn't tell", BOTH, None),
]
ASYNC = [
    "async def handler(event): ...",
    "async def handler(event):\n    yield b''",
    "async def two(a, event): ...\nhandler = functools.partial(two, 1)",
    "class Handler:\n    async def __call__(self, event): ...\nhandler = Handler()",
    "class Handler:\n    async def method(self, event): ...\nhandler = Handler().method",
    "class Handler:\n    async def __call__(self, event):\n        yield b''\nhandler = Handler()",
]


@pytest.mark.parametrize(("source", "roles", "event"), SHAPES)
def test_shapes(source: str, roles: tuple[Role, ...], event: str | None) -> None:
    signature = signature_of(defined(source))
    assert signature.roles == roles
    assert getattr(signature.event, "__name__", None) == event


@pytest.mark.parametrize("source", [source for source, _, _ in SHAPES] + ASYNC[2:])
def test_colours(source: str) -> None:
    assert signature_of(defined(source)).is_async == ("async def" in source)


def test_a_signature() -> None:
    def handler(event: int) -> None: ...

    assert signature_of(handler) == Signature(("event",), int, False)


WORKS = (
    ". A handler is one of handler(), handler(event), handler(context), handler(event, context), "
    "handler(context, event), sync or async; or an object with invoke(payload, context), which is called with the "
    "event as bytes."
)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def handler(a, b, c): ...", f"handler() takes 3 arguments (a, b, c){WORKS}"),
        ("def handler(event, *, client): ...", f"handler() requires the keyword 'client'{WORKS}"),
        ("def handler(event, retries=3, *, client): ...", f"handler() requires the keyword 'client'{WORKS}"),
        ("def handler(context, ctx): ...", f"handler() takes the context twice{WORKS}"),
        ("def handler(a: LambdaContext, b: LambdaContext): ...", f"handler() takes the context twice{WORKS}"),
        (
            "class Handler:\n    def __call__(self, a, b, c): ...\nhandler = Handler()",
            f"Handler() takes 3 arguments (a, b, c){WORKS}",
        ),
        (
            "class Handler:\n    def invoke(self, a, b, c): ...\nhandler = Handler()",
            f"Handler.invoke() takes 3 arguments (a, b, c){WORKS}",
        ),
        ("class handler: ...", "handler is a class; a handler is an instance of it, or a function."),
        ("handler = 5", "Expected a function, or an object with invoke(payload, context), got 5."),
        (
            "def handler(order: Order): ...",
            "The annotation of 'order' of handler() can't be resolved: name 'Order' is not defined. The type of an "
            "event must exist at run time: import it outside of TYPE_CHECKING, and define it outside of functions.",
        ),
    ],
)
def test_what_is_no_handler(source: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        prepare(defined(source))
    assert str(raised.value) == message


def test_an_annotation_that_nothing_can_become() -> None:
    with pytest.raises(ConfigurationError, match=r"^JSON can't be decoded to Event\. "):
        prepare(defined("def handler(order: Event): ..."))


def test_behind_a_decorator_an_annotation_is_the_decorator_s_business() -> None:
    """Powertools' event_source is given the event as it came and hands its own class on."""
    prepared = prepare(defined("@decorated\ndef handler(order: Event): ..."))
    assert prepared.decode(b'{"a":1}') == {"a": 1}


def test_an_object_with_invoke_is_given_bytes_unless_it_asks_for_more() -> None:
    source = "class Handler:\n    def invoke(self, {}, context): ...\nhandler = Handler()"
    assert prepare(defined(source.format("payload"))).decode(b"{") == b"{"
    assert prepare(defined(source.format("payload: dict"))).decode(b"{}") == {}


def test_an_object_that_can_be_called_is_called() -> None:
    source = "class Handler:\n    def __call__(self, event): ...\n    def invoke(self): ...\nhandler = Handler()"
    assert prepare(defined(source)).decode(b"{}") == {}


@pytest.mark.parametrize("payload", [b"", b"not json", b"{}"])
@pytest.mark.parametrize("source", ["def handler(): ...", "def handler(context): ..."])
def test_who_takes_no_event_takes_any(source: str, payload: bytes) -> None:
    assert prepare(defined(source)).decode(payload) is None


# Layers


def adding(letter: str) -> Callable[[Handler], Handler]:
    def layer(next_handler: Handler) -> Handler:
        def handler(event: str, context: object) -> object:
            return f"{letter}({next_handler(event + letter, context)})"

        return handler

    return layer


def test_the_first_layer_is_the_outermost_and_each_is_called_with_both() -> None:
    prepared = prepare(lambda event: event, [adding("a"), adding("b")])
    assert prepared.call("", None) == "a(b(ab))"


def test_layers_are_around_the_decoded_event() -> None:
    def handler(event: str) -> str:
        return event

    prepared = prepare(handler, [adding("a")])
    assert prepared.call(prepared.decode(b"x"), None) == "a(xa)"


def test_an_async_layer_needs_an_async_handler() -> None:
    def layer(next_handler: Handler) -> Handler:
        @functools.wraps(next_handler)
        async def handler(event: object, context: object) -> object:
            return next_handler(event, context)

        return handler

    async def coroutine() -> None: ...

    assert prepare(coroutine, [layer]).is_async
    with pytest.raises(ConfigurationError, match=r"^The layer .+layer\(\) is async, and the handler .+ is not\.$"):
        prepare(lambda: None, [layer])
