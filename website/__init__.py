"""The documentation site: the pages of docs/ and others of the repository, and the reference that the code gives.

``scripts/docs`` builds it in three steps. ``pages`` collects the Markdown, from files and code, in ``.site/pages``.
Zensical makes HTML of it in ``.site/html``, by ``mkdocs.yml``; ``html`` checks each link, and that no page asks another
server for anything.

The pages are plain Markdown and use no plugin but the API reference's, so that another generator would do.
"""
