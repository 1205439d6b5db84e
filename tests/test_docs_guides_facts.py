"""What the guides say of their programs is what happens."""

import asyncio
import time
from collections.abc import AsyncIterator
from types import ModuleType

import psycopg
import pytest
from flask import Flask
from starlette.middleware.gzip import GZipMiddleware

from lambda_http_adapter import asgi_handler
from lambda_http_adapter._emulator.dev.prices import AS_OF, LAMBDA
from lambda_http_adapter._types import Receive, Scope, Send
from lambda_http_adapter.testing import FrontDoor, make_event
from tests.support.guide import PAGES
from tests.support.guide_modules import API, SITE, Import, client, import_from
from tests.support.postgresql import BINARY, postgresql

__all__ = ["import_from"]

# Front doors: the table of mount points. How the path arrives is the client's business here.

MOUNTS = [
    ("rest", API, {"stage": "live"}, "/live/items/7", f"{API}/live/items/7"),
    ("rest", SITE, {"stage": "live", "base_path": "/shop"}, "/shop/items/7", f"{SITE}/shop/items/7"),
    ("http-api", SITE, {"root_path": "/shop"}, "/items/7", f"{SITE}/shop/items/7"),
    ("alb", SITE, {"base_path": "/shop"}, "/shop/items/7", f"{SITE}/shop/items/7"),
    ("alb", SITE, {"root_path": "/shop"}, "/items/7", f"{SITE}/shop/items/7"),
    ("function-url", SITE, {"base_path": "/shop"}, "/shop/items/7", f"{SITE}/shop/items/7"),
    ("rest", API, {"stage": "live", "root_path": ""}, "/live/items/7", f"{API}/items/7"),
]


@pytest.mark.parametrize(("origin", "url", "options", "path", "link"), MOUNTS)
def test_links_have_the_mount_point(
    origin: FrontDoor, url: str, options: dict[str, str], path: str, link: str, import_from: Import
) -> None:
    with client(import_from("guides/front-doors", "main").app, origin, url, **options) as door:
        assert door.get(path).json()["self"] == link


def test_forwarded_host_hides_the_stage_of_an_origin_path(import_from: Import) -> None:
    app = import_from("guides/front-doors", "main").app
    with client(app, "rest", API, stage="live", forwarded_host="x-forwarded-host") as door:
        response = door.get("/live/items/7", headers={"x-forwarded-host": "www.example.com"})
    assert response.json()["self"] == "https://www.example.com/items/7"


# Streaming


def test_gzip_of_starlette_passes_each_chunk_on(import_from: Import) -> None:
    app = import_from("guides/streaming", "main").app
    app.add_middleware(GZipMiddleware)
    endless = {"to": 1_000_000}
    with client(app, invoke_mode="response_stream") as door, door.stream("GET", "/count", params=endless) as response:
        assert response.headers["content-encoding"] == "gzip"
        assert next(response.iter_text()) == "0\n"


def test_flask_streams_each_chunk(import_from: Import) -> None:
    app = import_from("guides/streaming", "flask_main").app
    with client(app, invoke_mode="response_stream") as door, door.stream("GET", "/count") as response:
        assert [*response.iter_raw()] == [b"0\n", b"1\n", b"2\n"]


# Uploads


def test_the_form_for_s3_has_the_conditions(import_from: Import) -> None:
    with client(import_from("guides/uploads", "large").app) as door:
        form = door.post("/uploads", params={"content_type": "image/png"}).json()
        download = door.get("/files/uploads/a b.png", follow_redirects=False)
    assert form["url"] == "https://files.s3.eu-west-1.amazonaws.com/"
    assert form["fields"]["Content-Type"] == "image/png"
    assert {"policy", "x-amz-signature"} <= form["fields"].keys()
    assert download.status_code == 307
    assert "/uploads/a%20b.png?" in download.headers["location"]


def test_a_rest_api_without_binary_media_types_damages_bytes(import_from: Import) -> None:
    app = import_from("guides/uploads", "main").app
    sizes = []
    for types in (["*/*"], []):
        with client(app, "rest", binary_media_types=types) as door:
            sizes.append(door.post("/files", files={"file": ("a.png", b"\x89PNG")}).json()["size"])
    assert sizes[0] == 4
    assert sizes[1] > 4


def test_a_key_in_an_s3_event_is_url_encoded(import_from: Import) -> None:
    uploaded = import_from("guides/uploads", "large").uploaded
    assert uploaded({"Records": [{"s3": {"object": {"key": "photos/a+b.jpg"}}}]}) == ["photos/a b.jpg"]


# Databases


def test_one_loop_for_the_lifespan_and_all_requests() -> None:
    loops: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        loops.append(id(asyncio.get_running_loop()))
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    with client(app) as door:
        door.get("/")
        door.get("/")
    assert len(loops) == 3
    assert len({*loops}) == 1


def test_async_views_of_flask_run_on_a_loop_each() -> None:
    loops: list[asyncio.AbstractEventLoop] = []
    app = Flask("views")

    @app.get("/")
    async def index() -> str:
        loops.append(asyncio.get_running_loop())
        return "done"

    with client(app) as door:
        door.get("/")
        door.get("/")
    assert len(loops) == 2
    assert loops[0] is not loops[1]
    assert loops[0].is_closed()


def test_each_connection_has_a_new_token(import_from: Import) -> None:
    module = import_from("guides/databases", "iam")
    parameters: dict[str, str] = {}
    module.sign(None, None, [], parameters)
    assert parameters["password"].startswith(f"{module.HOST}:5432/?Action=connect&DBUser={module.USER}&")
    assert "X-Amz-Expires=900" in parameters["password"]


# Background work


def test_a_handler_of_aws_s_runtime_waits_for_background_tasks(
    import_from: Import, caplog: pytest.LogCaptureFixture
) -> None:
    handler = asgi_handler(import_from("guides/background-work", "main").app)
    began = time.monotonic()
    result = handler(make_event("POST", "/orders"), None)
    assert isinstance(result, dict)
    assert result["statusCode"] == 202
    assert time.monotonic() - began >= 0.3
    assert "sent to ines@example.com" in caplog.text


def test_the_hook_waits_for_the_tasks(import_from: Import) -> None:
    module = import_from("guides/background-work", "tasks")
    module.handler(make_event("POST", "/pictures"), None)
    assert module.running == set()


# Queues


def test_only_the_messages_that_failed_come_again(import_from: Import, caplog: pytest.LogCaptureFixture) -> None:
    pack_all = import_from("guides/queues", "main").pack_all
    bodies = ['{"items": ["pencil"]}', '{"items": []}', "no JSON"]
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    assert pack_all({"Records": records}) == {"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]}
    assert "an empty order" in caplog.text


# Language models


async def collected(module: ModuleType, source: AsyncIterator[str], left: float) -> list[str]:
    return [event async for event in module.events(source, lambda: left)]


async def slow() -> AsyncIterator[str]:
    await asyncio.sleep(0.05)
    yield "word"


async def endless() -> AsyncIterator[str]:
    while True:
        yield "word"


def test_a_silent_model_is_kept_alive(import_from: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_from("guides/llm-streams", "main")
    monkeypatch.setattr(module, "HEARTBEAT", 0.01)
    events = asyncio.run(collected(module, slow(), 900))
    assert events[0] == ": still there\n\n"
    assert events[-2:] == ['data: "word"\n\n', "event: end\ndata: {}\n\n"]


def test_an_answer_ends_before_the_function(import_from: Import) -> None:
    module = import_from("guides/llm-streams", "main")
    assert asyncio.run(collected(module, endless(), module.MARGIN)) == ["event: end\ndata: {}\n\n"]


# Cost


def test_the_prices_are_those_of_dev(import_from: Import) -> None:
    cost = import_from("guides/cost", "cost")
    text = PAGES["guides/cost"].read_text()
    assert AS_OF in text
    assert f'"request_price": {LAMBDA.request * 1e6:.2f} / 1e6' in text
    assert f'"gb_second_price": {LAMBDA.gb_second["arm64"]:.10f}' in text
    prices = {"request_price": LAMBDA.request, "gb_second_price": LAMBDA.gb_second["arm64"]}
    assert cost.function_cost(1e6, 200, 512, **prices) == pytest.approx(cost.function_cost(1e6, 100, 1024, **prices))


def test_the_formulas(import_from: Import) -> None:
    cost = import_from("guides/cost", "cost")
    prices = {"request_price": 2.0, "gb_second_price": 3.0}
    assert cost.function_cost(10, 500, 2048, **prices) == 10 * 2 + 10 * 0.5 * 2 * 3
    assert cost.function_cost(10, 0, 1024, cold_share=0.5, init_milliseconds=2000, **prices) == 10 * 2 + 10 * 3
    assert cost.always_on_cost(2, 0.5, hours=1) == 2 * 3600 * 0.5
    assert cost.break_even_requests(30, 0.01) == pytest.approx(3000)


# SnapStart


def test_clients_cannot_ask_for_the_path_of_a_hook(import_from: Import) -> None:
    with client(import_from("guides/snapstart", "main").app, on_restore="/after-restore") as door:
        assert door.post("/after-restore").status_code == 403
        assert door.get("/").status_code == 200


# A server that closes connections


@pytest.mark.slow  # starts a PostgreSQL
@pytest.mark.skipif(BINARY is None, reason="There is no PostgreSQL on the PATH")
def test_a_connection_that_the_server_has_closed_is_replaced(
    import_from: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgresql() as names:
        place = "{DATABASE_USER}:{DATABASE_PASSWORD}@{DATABASE_HOST}:{DATABASE_PORT}/{DATABASE_NAME}".format(**names)
        monkeypatch.setenv("DATABASE_URL", f"postgresql+psycopg://{place}")
        apps = [import_from("guides/databases", name).app for name in ("main", "flask_main")]
        for app in apps:
            with client(app) as door:
                assert door.get("/time").status_code == 200
                with psycopg.connect(f"postgresql://{place}", autocommit=True) as server:
                    closed = server.execute(
                        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                    ).fetchone()
                assert closed == (1,)
                assert door.get("/time").status_code == 200
        import_from("guides/databases", "flask_main").engine.dispose()
