"""Checks of the built site: every link leads somewhere, and no page asks another server for anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

# Elements whose attribute a browser fetches by itself, other than <link>.
_FETCHED = {
    ("audio", "src"), ("embed", "src"), ("iframe", "src"), ("image", "href"), ("img", "src"), ("input", "src"),
    ("object", "data"), ("script", "src"), ("source", "src"), ("track", "src"), ("use", "href"), ("video", "poster"),
    ("video", "src"),
}  # fmt: skip
_THIS_MACHINE = ("http://127.0.0.1", "http://localhost")
_LINKS_ONLY = {"alternate", "author", "canonical", "next", "prev"}
_IN_CSS = re.compile(r"""(?:url\(|@import\s)\s*["']?(?P<address>(?:https?:)?//[^\s"');]+)""")
# For blocks of these classes, Zensical's script loads a library from another server.
_ON_DEMAND = {"glightbox", "mermaid", "playground"}


class Page(HTMLParser):
    """One page: the ids of its elements, what it links to, also in the navigation, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.resources: list[str] = []
        self.classes: set[str] = set()
        self.navigation: list[str] = []
        self._styles = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids |= {values[name] for name in ("id", "name") if name in values and (name == "id" or tag == "a")}
        self.classes |= set(values.get("class", "").split())
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
            if "md-nav__link" in values.get("class", ""):
                self.navigation.append(values["href"])
        self.resources += [value for name, value in values.items() if (tag, name) in _FETCHED]
        if tag == "link" and not set(values.get("rel", "").split()) & _LINKS_ONLY:
            self.resources.append(values.get("href", ""))
        self._find_in_style(values.get("style", ""))
        self._styles = tag == "style"

    def handle_data(self, data: str) -> None:
        if self._styles:
            self._find_in_style(data)

    def _find_in_style(self, text: str) -> None:
        found = _IN_CSS.search(text)
        if found:
            self.resources.append(found["address"])


def pages(root: Path) -> dict[str, Page]:
    """The pages of the site by their path from ``root``, such as ``start/index.html``."""
    found = sorted(root.rglob("*.html"))
    return {path.relative_to(root).as_posix(): Page(path.read_text()) for path in found}


def problems(root: Path) -> Iterator[str]:
    site = pages(root)
    for name, page in site.items():
        if name == "404.html":  # its links are absolute, because it is shown at any path
            continue
        for link in page.links:
            yield from _broken(root, site, name, link)
        for resource in page.resources:
            if resource.startswith(("http:", "https:", "//")):
                yield f"{name}: loads {resource} from another server."
            elif not resource.startswith("data:"):
                yield from _broken(root, site, name, resource)
        for on_demand in sorted(page.classes & _ON_DEMAND):
            yield f"{name}: has a block of the class {on_demand}, for which a script is loaded from another server."
    for path in sorted(root.rglob("*.css")):
        if _IN_CSS.search(path.read_text()):
            yield f"{path.relative_to(root)}: loads something from another server."


def _broken(root: Path, site: Mapping[str, Page], page: str, link: str) -> Iterator[str]:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return
    target = unquote(urlsplit(urljoin(f"/{page}", link)).path).lstrip("/")
    if target.endswith("/") or not target:
        target += "index.html"
    if target not in site and not (root / target).is_file():
        yield f"{page}: links to {link}, but there is no {target}."
    elif parts.fragment and target in site and unquote(parts.fragment) not in site[target].ids:
        yield f"{page}: links to {link}, but {target} has no #{parts.fragment}."


def unlisted(root: Path) -> Iterator[str]:
    """Pages that the navigation doesn't have: docs/.nav.yml doesn't name them."""
    site = pages(root)
    listed = {unquote(urljoin("/index.html", link)).partition("#")[0] for link in site["index.html"].navigation}
    for name in site:
        if name not in ("404.html", "index.html") and f"/{name.removesuffix('index.html')}" not in listed:
            yield f"{name}: isn't in the navigation, docs/.nav.yml."


def external(root: Path, but: str) -> dict[str, str]:
    """Each address of others that is linked to, with the first page that does. None of them begins with ``but``."""
    found: dict[str, str] = {}
    for name, page in pages(root).items():
        for link in page.links:
            if link.startswith(("http:", "https:")) and not link.startswith((but, *_THIS_MACHINE)):
                found.setdefault(link.partition("#")[0], name)
    return found
