from collections.abc import Iterator

from flask import Flask, Response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from lambda_http_adapter import lambda_request
from tests.frameworks import CHUNKS, SECRET, STATIC

app = Flask(__name__, static_folder=STATIC)
app.secret_key = SECRET


def text(body: str, status: int = 200) -> Response:
    return Response(body, status, mimetype="text/plain")


@app.get("/items/<name>")
def item(name: str) -> ResponseReturnValue:
    return {"name": name, "q": request.args.getlist("q")}


@app.post("/form")
def form() -> ResponseReturnValue:
    return {"name": request.form["name"], "tags": request.form.getlist("tag")}


@app.post("/upload")
def upload() -> ResponseReturnValue:
    file = request.files["file"]
    told = {"title": request.form["title"], "file": file.filename, "type": file.content_type}
    return told | {"content": file.read().hex()}


@app.get("/cookies")
def cookies() -> ResponseReturnValue:
    response = text(request.cookies["seen"])
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", httponly=True)
    return response


@app.get("/home")
def home() -> ResponseReturnValue:
    return redirect(url_for("item", name="home"), 303)


@app.get("/stream")
def stream() -> ResponseReturnValue:
    def chunks() -> Iterator[str]:
        yield from CHUNKS

    return Response(chunks(), mimetype="text/plain")


@app.get("/lambda")
def origin() -> ResponseReturnValue:
    return text(lambda_request(request).origin)


@app.get("/session")
def count() -> ResponseReturnValue:
    session["count"] = session.get("count", 0) + 1
    return text(str(session["count"]))


@app.get("/crash")
def crash() -> ResponseReturnValue:
    raise ValueError("boom")


@app.errorhandler(500)
def sorry(error: Exception) -> ResponseReturnValue:
    return text("sorry", 500)


@app.errorhandler(404)
def not_here(error: Exception) -> ResponseReturnValue:
    return text("not here", 404)
