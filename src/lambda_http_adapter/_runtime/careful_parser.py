"""httptools, for the answers that are not plain: it knows every rule of HTTP, and takes a millisecond to load."""

from __future__ import annotations

from io import BytesIO

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from ..errors import RuntimeAPIError

Whole = tuple[int, dict[bytes, bytes], bytes, bool]


class CarefulParser:
    """Bytes of one connection in; status, headers, body and whether the connection stays open out."""

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self._answer: Whole | None = None

    def feed(self, data: bytes) -> Whole | None:
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            raised = error.__context__
            if isinstance(raised, RuntimeAPIError) or (raised is not None and not isinstance(raised, Exception)):
                raise raised from None  # a callback's own, or a signal's, which struck in one of them
            raise RuntimeAPIError(f"The Runtime API answered something that is not HTTP: {error}") from error
        answer, self._answer = self._answer, None
        return answer

    # httptools' callbacks

    def on_message_begin(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._body = BytesIO()
        self._in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # a trailer must not replace the request id
            self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        self._in_head = False

    def on_body(self, data: bytes) -> None:
        self._body.write(data)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if self._answer is not None:
            raise RuntimeAPIError("The Runtime API answered twice")
        if status < 100:
            raise RuntimeAPIError(f"The Runtime API answered with status {status}")
        if status >= 200:
            self._answer = (status, self._headers, self._body.getvalue(), self._parser.should_keep_alive())
