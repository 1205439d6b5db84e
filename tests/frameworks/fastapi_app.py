from collections.abc import Iterator
from typing import Annotated

from fastapi import Cookie, FastAPI, File, Form, Query, Request, UploadFile
from fastapi.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.sessions import SessionMiddleware

from lambda_http_adapter import lambda_request
from tests.frameworks import CHUNKS, SECRET, STATIC

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key=SECRET)
app.mount("/static", StaticFiles(directory=STATIC))


@app.get("/items/{name}")
async def item(name: str, q: Annotated[list[str], Query()] = []) -> dict[str, object]:  # noqa: B006
    return {"name": name, "q": q}


# Not a coroutine: FastAPI runs it in a thread.
@app.post("/form")
def form(name: Annotated[str, Form()], tag: Annotated[list[str], Form()]) -> dict[str, object]:
    return {"name": name, "tags": tag}


@app.post("/upload")
async def upload(title: Annotated[str, Form()], file: Annotated[UploadFile, File()]) -> dict[str, object]:
    content = await file.read()
    return {"title": title, "file": file.filename, "type": file.content_type, "content": content.hex()}


@app.get("/cookies")
def cookies(seen: Annotated[str, Cookie()]) -> Response:
    response = PlainTextResponse(seen)
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", httponly=True)
    return response


@app.get("/home")
async def home(request: Request) -> Response:
    return RedirectResponse(request.url_for("item", name="home"), 303)


@app.get("/stream")
def stream() -> Response:
    def chunks() -> Iterator[str]:
        yield from CHUNKS

    return StreamingResponse(chunks(), media_type="text/plain")


@app.get("/lambda")
async def origin(request: Request) -> Response:
    return PlainTextResponse(lambda_request(request).origin)


@app.get("/session")
async def session(request: Request) -> Response:
    request.session["count"] = request.session.get("count", 0) + 1
    return PlainTextResponse(str(request.session["count"]))


@app.get("/crash")
def crash() -> None:
    raise ValueError("boom")


@app.exception_handler(500)
async def sorry(request: Request, error: Exception) -> Response:
    return PlainTextResponse("sorry", 500)


@app.exception_handler(404)
async def not_here(request: Request, error: Exception) -> Response:
    return PlainTextResponse("not here", 404)
