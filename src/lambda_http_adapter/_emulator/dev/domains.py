"""Custom domains of an API: ``--domain api.example.com=/v1`` maps the API at a path of that domain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ...errors import ConfigurationError
from ..doors.client import ClientRequest
from ..doors.door import Door
from ..doors.mount import host_name

_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
# https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
_MAPPING = re.compile(r"(/[A-Za-z0-9._~$+!*'(),&=-]+)*")


class ApiMapping(NamedTuple):
    """``domain`` in lower case; ``path`` begins with a slash or is empty."""

    domain: str
    path: str


def parse_mapping(text: str) -> ApiMapping:
    """``DOMAIN`` or ``DOMAIN=/PATH``. Raises ConfigurationError."""
    domain, _, path = text.partition("=")
    mapping = ApiMapping(domain.lower(), f"/{path.strip('/')}" if path.strip("/") else "")
    if not _DOMAIN.fullmatch(mapping.domain) or not _MAPPING.fullmatch(mapping.path):
        raise ConfigurationError(f"Expected a domain and its mapping, such as api.example.com=/v1, got {text!r}.")
    if ".execute-api." in mapping.domain:
        raise ConfigurationError(f"{domain!r} is an API's own domain, which has no mappings; its stage is --stage.")
    return mapping


class Domains:
    """Finds the place of the API for each request: a mapping of its domain, else the API's own domain."""

    def __init__(self, door: Door, mappings: Sequence[ApiMapping] = ()) -> None:
        self._door = door
        # The longest path wins: it is tried first.
        self.mappings = sorted(mappings, key=lambda mapping: len(mapping.path), reverse=True)

    def door(self, request: ClientRequest) -> Door:
        """Raises ValueError if no mapping of the domain is in front of the path."""
        mappings = self._of_domain(request)
        if not mappings:
            return self._door
        for domain, path in mappings:
            if f"{request.path}/".startswith(f"{path}/"):
                return self._door.mounted(self._door.stage, path)._replace(domain_name=domain)
        domain = mappings[0].domain
        raise ValueError(f"{domain} has no mapping for {request.path!r}: there are {_listed(mappings)}.")

    def mount(self, request: ClientRequest) -> str:
        """A path below which the API is, on the domain of ``request``."""
        mappings = self._of_domain(request)
        return mappings[0].path if mappings else self._door.mount

    def _of_domain(self, request: ClientRequest) -> list[ApiMapping]:
        domain = host_name(request.host).lower()
        return [mapping for mapping in self.mappings if mapping.domain == domain]


def _listed(mappings: Sequence[ApiMapping]) -> str:
    return ", ".join(repr(mapping.path) for mapping in mappings)
