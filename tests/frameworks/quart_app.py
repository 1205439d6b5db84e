from collections.abc import AsyncIterator

from quart import Quart, Response, redirect, request, session, url_for
from quart.typing import ResponseReturnValue

from lambda_http_adapter import lambda_request
from tests.frameworks import CHUNKS, SECRET, STATIC

app = Quart(__name__, static_folder=str(STATIC))
app.secret_key = SECRET


def text(body: str, status: int = 200) -> Response:
    return Response(body, status, mimetype="text/plain")


@app.get("/items/<name>")
async def item(name: str) -> ResponseReturnValue:
    return {"name": name, "q": request.args.getlist("q")}


@app.post("/form")
async def form() -> ResponseReturnValue:
    fields = await request.form
    return {"name": fields["name"], "tags": fields.getlist("tag")}


@app.post("/upload")
async def upload() -> ResponseReturnValue:
    file = (await request.files)["file"]
    told = {"title": (await request.form)["title"], "file": file.filename, "type": file.content_type}
    return told | {"content": file.read().hex()}


@app.get("/cookies")
async def cookies() -> ResponseReturnValue:
    response = text(request.cookies["seen"])
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", httponly=True)
    return response


@app.get("/home")
async def home() -> ResponseReturnValue:
    return redirect(url_for("item", name="home"), 303)


@app.get("/stream")
async def stream() -> ResponseReturnValue:
    async def chunks() -> AsyncIterator[str]:
        for chunk in CHUNKS:
            yield chunk

    return Response(chunks(), mimetype="text/plain")


@app.get("/lambda")
async def origin() -> ResponseReturnValue:
    return text(lambda_request(request).origin)


@app.get("/session")
async def count() -> ResponseReturnValue:
    session["count"] = session.get("count", 0) + 1
    return text(str(session["count"]))


# Not a coroutine: Quart runs it in a thread.
@app.get("/crash")
def crash() -> ResponseReturnValue:
    raise ValueError("boom")


@app.errorhandler(500)
async def sorry(error: Exception) -> ResponseReturnValue:
    return text("sorry", 500)


@app.errorhandler(404)
async def not_here(error: Exception) -> ResponseReturnValue:
    return text("not here", 404)
