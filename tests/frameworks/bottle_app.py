from bottle import Bottle, HTTPResponse, request, response, static_file
from itsdangerous import URLSafeSerializer

from lambda_http_adapter import lambda_request
from tests.frameworks import CHUNKS, SECRET, STATIC

signer = URLSafeSerializer(SECRET)


def text(body: object) -> object:
    response.content_type = "text/plain; charset=utf-8"
    return body


def item(name: str) -> object:
    return {"name": name, "q": request.query.decode().getall("q")}


def form() -> object:
    return {"name": request.forms.name, "tags": request.forms.decode().getall("tag")}


def upload() -> object:
    file = request.files["file"]
    told = {"title": request.forms.title, "file": file.filename, "type": file.content_type}
    return told | {"content": file.file.read().hex()}


def cookies() -> object:
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", httponly=True)
    return text(request.get_cookie("seen"))


def home() -> object:
    return HTTPResponse(status=303, headers={"Location": app.get_url("item", name="home")})


def stream() -> object:
    return text(chunk for chunk in CHUNKS)


def origin() -> object:
    return text(lambda_request(request).origin)


def session() -> object:
    """Bottle has none of its own."""
    cookie = request.get_cookie("session")
    count = (signer.loads(cookie) if cookie else 0) + 1
    response.set_cookie("session", signer.dumps(count))
    return text(str(count))


def crash() -> object:
    raise ValueError("boom")


def static(path: str) -> object:
    return static_file(path, STATIC)


def sorry(error: object) -> object:
    return text("sorry")


def not_here(error: object) -> object:
    return text("not here")


app = Bottle()
app.get("/items/<name>", name="item", callback=item)
app.post("/form", callback=form)
app.post("/upload", callback=upload)
app.get("/cookies", callback=cookies)
app.get("/home", callback=home)
app.get("/stream", callback=stream)
app.get("/lambda", callback=origin)
app.get("/session", callback=session)
app.get("/crash", callback=crash)
app.get("/static/<path:path>", callback=static)
app.error(500, callback=sorry)
app.error(404, callback=not_here)
