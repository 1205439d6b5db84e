"""AWS's side of every origin, for tests and local development: may import anything, is never loaded on Lambda.

What stands here follows AWS's documents and recordings, never the decoders in ``origins``, whose oracle it is.
"""

from ._events import make_event
from ._http import ClientRequest, ClientResponse
from ._results import make_response

__all__ = ["ClientRequest", "ClientResponse", "make_event", "make_response"]
