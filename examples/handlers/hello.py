"""A function of an HTTP request, behind any front door: ``/?name=Ines`` says hello to Ines."""

from http import HTTPStatus

from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Request

from lambda_http_adapter import lambda_request, run_http

LANGUAGES = {"en": "Hello", "de": "Hallo", "pt": "Olá"}


def handler(request: Request) -> str | dict[str, str] | tuple[str, HTTPStatus]:
    match request.path:
        case "/":
            name = request.args.get("name", "world")
            language = request.accept_languages.best_match(LANGUAGES, "en")
            return f"{LANGUAGES[language]} {name}, from AWS Lambda"
        case "/names" if request.method == "POST":
            if not isinstance(request.json, dict) or "name" not in request.json:
                raise BadRequest("A name is missing.")
            return f"Welcome, {request.json['name']}", HTTPStatus.CREATED
        case "/origin":
            return {"origin": lambda_request(request).origin}
    raise NotFound


if __name__ == "__main__":
    run_http(handler)
