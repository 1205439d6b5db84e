"""Asks the pages of others that the site links to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx


def unreachable(addresses: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Those of the addresses that don't answer with a page, and what they do."""
    addresses = list(addresses)
    # Some sites refuse clients that don't say what they are.
    headers = {"User-Agent": "Mozilla/5.0 (a link check of documentation)"}
    with httpx.Client(follow_redirects=True, timeout=20, headers=headers) as client, ThreadPoolExecutor(8) as threads:
        for address, fault in zip(addresses, threads.map(lambda one: _fault(client, one), addresses), strict=True):
            if fault:
                yield address, fault


def _fault(client: httpx.Client, address: str) -> str:
    try:
        with client.stream("GET", address) as response:  # not HEAD, which several sites answer with 405
            return "" if response.is_success else f"answers {response.status_code}"
    except httpx.HTTPError as error:
        return str(error) or type(error).__name__
