"""How a size in bytes is shown."""

import pytest

from lambda_http_adapter._deploy.sizes import GB, KB, MB, size_text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1.5 * KB, "1.5 KB"), (5 * MB, "5 MB"), (9.84 * GB, "9.8 GB")],
)
def test_size_text(size: float, text: str) -> None:
    assert size_text(size) == text
