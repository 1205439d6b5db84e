"""The certificate of ``dev --tls``, made at start by an authority of its own, which nobody trusts yet."""

from __future__ import annotations

import argparse
import os
import shlex
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, cast

from ...errors import ConfigurationError
from .domains import parse_mapping

_NAMES = ("localhost", "127.0.0.1", "::1")
_PLAIN_HTTP = b"`dev --tls` speaks HTTPS here, and this request is plain HTTP. Use https://\n"


class Certificate(NamedTuple):
    """``context`` is the server's. ``authority`` is a file with the certificate of the authority, as PEM. ``bundle``
    has it too, behind those that this machine trusts."""

    context: ssl.SSLContext
    authority: Path
    bundle: Path

    @property
    def notice(self) -> str:
        """How a client accepts it."""
        file = shlex.quote(str(self.authority))
        return f"The certificate is new: curl --cacert {file} (or -k); a browser asks once whether to go on."


@contextmanager
def certificate_of(options: argparse.Namespace) -> Iterator[Certificate | None]:
    """None without ``--tls``."""
    if not options.tls:
        yield None
        return
    domains = [parse_mapping(text).domain for text in options.domain]
    with made_certificate([options.host, *domains]) as certificate:
        yield certificate


@contextmanager
def made_certificate(names: Sequence[str]) -> Iterator[Certificate]:
    """A certificate for this machine and ``names``. The files are removed at the end.

    Raises ConfigurationError without trustme, and for a name that no certificate can have.
    """
    try:
        from trustme import CA
    except ImportError:
        raise ConfigurationError("--tls needs trustme: pip install 'lambda-http-adapter[dev]'") from None
    authority = CA(organization_name="lambda-http-adapter dev")
    try:
        certificate = authority.issue_cert(*dict.fromkeys((*_NAMES, *names)))
    except ValueError as error:
        raise ConfigurationError(f"--tls: no certificate can have the names {', '.join(names)}: {error}.") from None
    context = _Context(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with tempfile.TemporaryDirectory(prefix="lambda-http-adapter-") as directory:
        file = Path(directory, "authority.pem")
        authority.cert_pem.write_to_path(file)
        bundle = Path(directory, "bundle.pem")
        bundle.write_text(f"{_trusted_authorities()}{file.read_text()}")
        yield Certificate(context, file, bundle)


def _trusted_authorities() -> str:
    """What AWS's SDKs trust without us, as PEM."""
    context = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
    return "".join(map(ssl.DER_cert_to_PEM_cert, context.get_ca_certs(binary_form=True)))


# Plain HTTP at the port of HTTPS

# OpenSSL recognises four of HTTP's methods; for any other text it gives the second reason.
_NOT_TLS = ("HTTP_REQUEST", "WRONG_VERSION_NUMBER")


class _Context(ssl.SSLContext):
    """Answers a client that speaks plain HTTP: its user would see only a closed connection."""

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        connection = super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)
        cast("_Connection", connection).outgoing = outgoing
        return connection


class _Connection(ssl.SSLObject):
    outgoing: ssl.MemoryBIO
    _has_answered = False

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except ssl.SSLError as error:
            if error.reason not in _NOT_TLS or self._has_answered:
                raise
            self._has_answered = True
            self.outgoing.write(_bad_request(_PLAIN_HTTP))
            # asyncio sends what is in ``outgoing`` and comes back when the client has sent more or hung up.
            raise ssl.SSLWantReadError from None


_Context.sslobject_class = _Connection


def _bad_request(body: bytes) -> bytes:
    head = f"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: {len(body)}\r\n"
    return f"{head}connection: close\r\n\r\n".encode() + body
