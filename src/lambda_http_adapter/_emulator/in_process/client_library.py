"""httpx and httpx2, which continues it: the transports work under both, and import neither.

A client asserts that a response's stream is of a class of its own library, so a response is made of the library that
made the request. Both libraries have the same names for all that is used here.
"""

from __future__ import annotations

import sys
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import httpx
    import httpx2

    # For type checkers a transport belongs to both libraries. At run time a client only calls its methods.
    class SyncTransport(httpx.BaseTransport, httpx2.BaseTransport):  # type: ignore[misc]
        """A transport for ``httpx.Client`` and ``httpx2.Client``."""

    class AsyncTransport(httpx.AsyncBaseTransport, httpx2.AsyncBaseTransport):  # type: ignore[misc]
        """A transport for ``httpx.AsyncClient`` and ``httpx2.AsyncClient``."""
else:
    SyncTransport = AsyncTransport = object

Body = TypeVar("Body")


def library_of(request: object) -> ModuleType:
    """The library whose Request ``request`` is. Raises TypeError for anything else."""
    for name in ("httpx", "httpx2"):
        library = sys.modules.get(name)
        if library is not None and isinstance(request, library.Request):
            return library
    raise TypeError(f"Expected a request of httpx or httpx2, got {request!r}.")


@cache
def stream_class(body: type[Body], base: type) -> type[Body]:
    """The class ``body`` as a subclass of ``base``, a library's class of streams."""
    return type(body.__name__, (body, base), {})
