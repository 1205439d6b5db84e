"""Flask: a route with a path and a query parameter."""

from flask import Flask, request

app = Flask(__name__)


@app.get("/items/<int:item>")
def read(item: int) -> dict[str, object]:
    return {"item": item, "q": request.args["q"], "tags": ["a", "b"]}
