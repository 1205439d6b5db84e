"""The soak's Runtime API for streamed responses: it reads each one strictly, as far as its fault lets it."""

import itertools
import json

from tests.support.http_bytes import Answer, BadRequestError, Head, Headers, RequestReader, answer, framing
from tests.support.soak_runtime_api import ACCEPTED, CLOSED, NONE, RESET, Fault, Soak
from tests.support.streamed_response import DELIMITER

STREAMED = {"LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "response_stream", "LAMBDA_HTTP_ADAPTER_LIFESPAN": "off"}

PIECES = 3

# An app of each colour that streams its request's id, piece by piece, and is silent for as long as the path says;
# "/late/" is until the event's connection has ended.
APP = """
import asyncio, os, time
from urllib.request import urlopen

def wait_for_end(request_id):
    urlopen("http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/ended/" + request_id).close()

async def app(scope, receive, send):
    assert scope["type"] == "http"
    _, name, seconds = scope["path"].partition("?")[0].split("/")
    piece = scope["aws.context"].aws_request_id.encode() + b";"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-request-id", piece[:-1])]})
    if name == "late":
        await asyncio.to_thread(wait_for_end, piece[:-1].decode())
    if name == "whole":
        await send({"type": "http.response.body", "body": piece * PIECES})
        return
    for number in range(PIECES):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        if name == "raise":
            raise ValueError("as asked")
        if seconds:
            await asyncio.sleep(float(seconds))
    await send({"type": "http.response.body"})

def wsgi(environ, start_response):
    _, name, seconds = environ["PATH_INFO"].partition("?")[0].split("/")
    identifier = environ["aws.context"].aws_request_id
    start_response("200 OK", [("X-Request-Id", identifier)])
    return pieces(name, seconds, identifier.encode() + b";")

def pieces(name, seconds, piece):
    if name == "late":
        wait_for_end(piece[:-1].decode())
    if name == "whole":
        yield piece * PIECES
        return
    for number in range(PIECES):
        yield piece
        if name == "raise":
            raise ValueError("as asked")
        if seconds:
            time.sleep(float(seconds))
""".replace("PIECES", str(PIECES))

# The same as a handler of ``run``.
HANDLERS = """
import asyncio, time

def handler(event, context):
    piece = context.aws_request_id.encode() + b";"
    for _ in range(PIECES):
        yield piece
        time.sleep(0.001)

async def async_handler(event, context):
    piece = context.aws_request_id.encode() + b";"
    for _ in range(PIECES):
        yield piece
        await asyncio.sleep(0.001)
""".replace("PIECES", str(PIECES))


def early(status: int) -> Answer:
    """It comes before the end of a response, the rest of which is read, as RFC 9112 §9.6 has it."""
    return answer(status, {"errorType": "Early"}, then="drain")


# What a process with one invocation at a time survives. "/whole/" is lost at no moment, "/late/" is behind the end.
FAULTS = [
    Fault(path="/pieces/", instead=answer(204)),
    Fault(path="/pieces/", instead=CLOSED),
    Fault(path="/whole/", then="close"),
    Fault(path="/whole/", then="reset"),
    Fault(path="/late/", then="close", after=0.001),
    Fault(path="/late/", then="reset", after=0.001),
    Fault(path="/pieces/0.001"),
    Fault(path="/raise/"),
    Fault(event=b"not json", endpoint="error"),
    Fault(deadline="soon", endpoint="error"),
    Fault(path="/pieces/0.005", early=1, receipts=(early(413),)),
    Fault(path="/pieces/0.005", early=2, receipts=(early(410),)),
    Fault(path="/pieces/0.005", early=2, receipts=(early(202),)),
    Fault(path="/pieces/", receipts=(answer(413),)),
    Fault(path="/pieces/", receipts=(answer(410),)),
    Fault(path="/whole/", receipts=(CLOSED, ACCEPTED)),
    Fault(path="/whole/", receipts=(RESET, answer(400, {"errorType": "InvalidRequestID"}))),
]

# What ends it, unless several may run.
GRAVE = [
    Fault(path="/pieces/", instead=answer(500)),
    Fault(path="/pieces/", receipts=(answer(500),)),
    Fault(path="/pieces/", receipts=(answer(403),)),
    Fault(path="/pieces/", receipts=(CLOSED,)),
    Fault(path="/pieces/0.005", early=3, receipts=(CLOSED,)),
    Fault(path="/pieces/0.005", early=3, receipts=(RESET,)),
    Fault(path="/pieces/", receipts=(Answer(ACCEPTED.raw[:20], "close"),)),
]

PLAIN = Fault(path="/pieces/")


class StreamSoak(Soak):
    """Each event without a fault is ``plain``. ``prelude``: the responses begin with status and headers."""

    def __init__(self, size: int, faults: list[Fault], one_in: int, plain: Fault = PLAIN, prelude: bool = True) -> None:
        super().__init__(size, faults, one_in)
        self._plain = plain
        self._prelude = prelude

    def fault(self, number: int) -> Fault:
        fault = super().fault(number)
        return self._plain if fault is NONE else fault

    def _read(self, head: Head, reader: RequestReader, request_id: str, fault: Fault) -> str:
        if framing(head) != "chunked":
            return super()._read(head, reader, request_id, fault)
        try:
            chunks = list(itertools.islice(reader.chunks(), fault.early or None))
            trailers = [] if fault.early else reader.trailers()
        except BadRequestError as error:
            return f"what is not HTTP: {error}"
        except EOFError:
            return "what breaks off"
        body = b"".join(chunks)
        if self._prelude:
            prelude, _, body = body.partition(DELIMITER)
            content = json.loads(prelude)
            if fault.within and (content["statusCode"], body, trailers) == (504, b"Gateway Timeout", []):
                return ""
            if content["headers"]["x-request-id"] != request_id:
                return f"what is another's: {prelude!r}"
        return self._complaint(body, trailers, request_id, fault)

    def _complaint(self, body: bytes, trailers: Headers, request_id: str, fault: Fault) -> str:
        piece = request_id.encode() + b";"
        pieces = body.count(b";")
        if body != piece * pieces:
            return f"the body {body!r}"
        # By an error behind the first piece, a deadline at any moment, or this side's own receipt.
        cut_short = fault.path == "/raise/" or (fault.within and trailers) or fault.early
        if cut_short:
            told = fault.early or len(trailers) == 2
            return "" if pieces <= PIECES and told else f"{pieces} pieces and the trailers {trailers}"
        return "" if (pieces, trailers) == (PIECES, []) else f"{pieces} pieces and the trailers {trailers}"
