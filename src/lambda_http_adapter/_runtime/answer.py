"""HTTP answers out of bytes."""

from io import BytesIO

from httptools import HttpParserError, HttpResponseParser

from ..errors import RuntimeAPIError


class Answer:
    """One HTTP answer, header names lower-cased. ``keep_alive`` is False when the server closes after it."""

    def __init__(self, status: int, headers: dict[bytes, bytes], body: bytes, keep_alive: bool) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.keep_alive = keep_alive


class AnswerParser:
    """Bytes of one connection in, whole answers out, however the bytes were cut.

    ``mid_answer`` while an answer has begun but isn't whole.
    """

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self._answer: Answer | None = None
        self.mid_answer = False
        self.on_message_begin()

    def feed(self, data: bytes | memoryview) -> Answer | None:
        """The answer that ``data`` completes, if it does; raises RuntimeAPIError for what is not HTTP."""
        self.mid_answer = True
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            raise RuntimeAPIError(f"The Runtime API answered something that is not HTTP: {error}") from error
        answer, self._answer = self._answer, None
        return answer

    # httptools' callbacks

    def on_message_begin(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._body = BytesIO()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_body(self, data: bytes) -> None:
        self._body.write(data)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if self._answer is not None:
            raise RuntimeAPIError("The Runtime API answered twice")
        if status >= 200:
            self.mid_answer = False
            self._answer = Answer(status, self._headers, self._body.getvalue(), self._parser.should_keep_alive())
