"""A requirement of this package that isn't there: `build` includes some only in the bundles of apps that need them."""

from __future__ import annotations

from ..errors import ConfigurationError


def left_out(package: str, needed_by: str) -> ConfigurationError:
    """``needed_by`` is the subject of the sentence, such as ``"run_http() needs"``."""
    return ConfigurationError(
        f"{needed_by} {package}, which is not installed. `lambda-http-adapter build` includes it only if the app's "
        f"code names it: add {package} to the requirements."
    )
