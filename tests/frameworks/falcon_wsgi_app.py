import falcon
from itsdangerous import URLSafeSerializer

from lambda_http_adapter import lambda_request
from tests.frameworks import CHUNKS, SECRET, STATIC

signer = URLSafeSerializer(SECRET)


class Item:
    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        resp.content_type = falcon.MEDIA_JSON
        resp.media = {"name": name, "q": req.get_param_as_list("q", default=[])}


class Form:
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        fields = req.get_media()
        resp.content_type = falcon.MEDIA_JSON
        resp.media = {"name": fields["name"], "tags": fields["tag"]}


class Upload:
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        told = {}
        for part in req.get_media():
            if part.name == "title":
                told["title"] = part.text
            else:
                told |= {"file": part.filename, "type": part.content_type, "content": part.stream.read().hex()}
        resp.content_type = falcon.MEDIA_JSON
        resp.media = told


class Cookies:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.text = req.cookies["seen"]
        resp.set_cookie("a", "1")
        resp.set_cookie("b", "2", http_only=True)


class Home:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        raise falcon.HTTPSeeOther(req.prefix + "/items/home")


class Stream:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.stream = (chunk.encode() for chunk in CHUNKS)


class Origin:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.text = lambda_request(req.env).origin


class Session:
    """Falcon has none of its own."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        count = (signer.loads(req.cookies["session"]) if "session" in req.cookies else 0) + 1
        resp.set_cookie("session", signer.dumps(count))
        resp.text = str(count)


class Crash:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        raise ValueError("boom")


def sorry(req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, object]) -> None:
    resp.status, resp.text = 500, "sorry"


def not_here(req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, object]) -> None:
    resp.status, resp.text = 404, "not here"


app = falcon.App(media_type=falcon.MEDIA_TEXT)
app.add_route("/items/{name}", Item())
app.add_route("/form", Form())
app.add_route("/upload", Upload())
app.add_route("/cookies", Cookies())
app.add_route("/home", Home())
app.add_route("/stream", Stream())
app.add_route("/lambda", Origin())
app.add_route("/session", Session())
app.add_route("/crash", Crash())
app.add_static_route("/static", STATIC)
app.add_error_handler(Exception, sorry)
app.add_error_handler(falcon.HTTPNotFound, not_here)
