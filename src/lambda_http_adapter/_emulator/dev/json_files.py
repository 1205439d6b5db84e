"""The JSON files that options name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from ..._apps.text_file import read_text
from ...errors import ConfigurationError


def read_json(file: Path, option: str) -> object:
    """The value in ``file``, which ``option`` names. Raises ConfigurationError."""
    text = read_text(file, f"the {option}")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{str(file)!r}, the {option}, is not JSON: {error}.") from None


def read_json_object(file: Path, option: str) -> dict[str, object]:
    """The same for a file that has to contain an object."""
    value = read_json(file, option)
    if not isinstance(value, dict):
        raise ConfigurationError(f"{str(file)!r}, the {option}, is not a JSON object.")
    return cast("dict[str, object]", value)
