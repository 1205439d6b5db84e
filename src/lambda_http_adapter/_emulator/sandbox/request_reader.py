"""Reads HTTP requests from a connection, one after another."""

from __future__ import annotations

import asyncio
from collections import deque

from httptools import HttpRequestParser

_BLOCK = 65536


class RequestReader:
    """The request that a runtime is sending. httptools calls the ``on_`` methods."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self._parser = HttpRequestParser(self)

    async def read_head(self) -> bool:
        """Read the next request up to its body. False: the runtime has hung up instead."""
        self.target = b""
        self.headers: dict[bytes, bytes] = {}
        self.trailers: dict[bytes, bytes] = {}
        self.complete = False
        self._chunks: deque[bytes] = deque()
        self._head_read = False
        while not self._head_read:
            if not await self._receive():
                return False
        return True

    @property
    def method(self) -> str:
        return self._parser.get_method().decode()

    async def read_chunk(self) -> bytes:
        """The next chunk of the body. Empty: the body has ended, or the runtime has hung up if not ``complete``."""
        while not self._chunks and not self.complete:
            if not await self._receive():
                break
        return self._chunks.popleft() if self._chunks else b""

    async def read_body(self) -> bytes:
        body = bytearray()
        while chunk := await self.read_chunk():
            body += chunk
        return bytes(body)

    async def skip_body(self) -> None:
        while await self.read_chunk():
            pass

    async def wait_for_hang_up(self) -> None:
        """Between a request and its response a runtime sends nothing, so anything here is the end of the connection."""
        await self._stream.read(1)

    async def _receive(self) -> bool:
        data = await self._stream.read(_BLOCK)
        if data:
            self._parser.feed_data(data)
        return bool(data)

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        fields = self.trailers if self._head_read else self.headers
        fields[name.lower()] = value

    def on_headers_complete(self) -> None:
        self._head_read = True

    def on_body(self, data: bytes) -> None:
        self._chunks.append(data)

    def on_message_complete(self) -> None:
        self.complete = True
