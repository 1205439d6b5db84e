"""What an invocation costs.

https://aws.amazon.com/lambda/pricing/
https://aws.amazon.com/cloudfront/pricing/pay-as-you-go/ for Lambda@Edge
"""

# Without the free tier, and without what isn't the function's: the front door, transfer, streamed bytes beyond 6 MB.

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ...origins import RequestOrigin

if TYPE_CHECKING:
    from ..doors.door import Door
    from ..sandbox.report import Report

AS_OF = "September 2026"


class Prices(NamedTuple):
    """In US dollars: of one request, and of a GB-second of each architecture."""

    request: float
    gb_second: dict[str, float]

    def of(self, report: Report) -> dict[str, float]:
        """The price of one invocation on each architecture."""
        gb_seconds = report.billed_ms / 1000 * report.memory / 1024
        return {name: self.request + price * gb_seconds for name, price in self.gb_second.items()}


# US East (N. Virginia), first tier.
LAMBDA = Prices(0.20 / 1e6, {"x86": 0.0000166667, "arm64": 0.0000133334})
LAMBDA_EDGE = Prices(0.60 / 1e6, {"x86": 0.00005001})


def prices_behind(door: Door) -> Prices:
    return LAMBDA_EDGE if door.origin is RequestOrigin.lambda_edge else LAMBDA


def price_text(prices: dict[str, float]) -> str:
    """Such as ``$0.0000016 x86, $0.0000013 arm64``: two digits that count, without an exponent."""
    return ", ".join(f"${Decimal(f'{price:.1e}'):f} {name}" for name, price in prices.items())
