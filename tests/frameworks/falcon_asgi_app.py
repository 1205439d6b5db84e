from collections.abc import AsyncIterator

import falcon
from falcon.asgi import App, Request, Response
from itsdangerous import URLSafeSerializer

from lambda_http_adapter import lambda_request
from tests.frameworks import CHUNKS, SECRET, STATIC

signer = URLSafeSerializer(SECRET)


class Item:
    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        resp.content_type = falcon.MEDIA_JSON
        resp.media = {"name": name, "q": req.get_param_as_list("q", default=[])}


class Form:
    async def on_post(self, req: Request, resp: Response) -> None:
        fields = await req.get_media()
        resp.content_type = falcon.MEDIA_JSON
        resp.media = {"name": fields["name"], "tags": fields["tag"]}


class Upload:
    async def on_post(self, req: Request, resp: Response) -> None:
        told = {}
        async for part in await req.get_media():
            if part.name == "title":
                told["title"] = await part.text
            else:
                told |= {"file": part.filename, "type": part.content_type, "content": (await part.stream.read()).hex()}
        resp.content_type = falcon.MEDIA_JSON
        resp.media = told


class Cookies:
    async def on_get(self, req: Request, resp: Response) -> None:
        resp.text = req.cookies["seen"]
        resp.set_cookie("a", "1")
        resp.set_cookie("b", "2", http_only=True)


class Home:
    async def on_get(self, req: Request, resp: Response) -> None:
        raise falcon.HTTPSeeOther(req.prefix + "/items/home")


class Stream:
    async def on_get(self, req: Request, resp: Response) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for chunk in CHUNKS:
                yield chunk.encode()

        resp.stream = chunks()


class Origin:
    async def on_get(self, req: Request, resp: Response) -> None:
        resp.text = lambda_request(req).origin


class Session:
    """Falcon has none of its own."""

    async def on_get(self, req: Request, resp: Response) -> None:
        count = (signer.loads(req.cookies["session"]) if "session" in req.cookies else 0) + 1
        resp.set_cookie("session", signer.dumps(count))
        resp.text = str(count)


class Crash:
    async def on_get(self, req: Request, resp: Response) -> None:
        raise ValueError("boom")


async def sorry(req: Request, resp: Response, error: Exception, params: dict[str, object]) -> None:
    resp.status, resp.text = 500, "sorry"


async def not_here(req: Request, resp: Response, error: Exception, params: dict[str, object]) -> None:
    resp.status, resp.text = 404, "not here"


app = App(media_type=falcon.MEDIA_TEXT)
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
