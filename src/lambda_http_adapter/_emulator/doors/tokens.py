"""The claims of a JSON Web Token, which is decoded but not verified: an emulator has no key to verify it with.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode

from ..._values.request import LambdaEvent


class TokenError(Exception):
    """The front door refuses this token. ``expired``: its time is over."""

    def __init__(self, problem: str, *, expired: bool = False) -> None:
        super().__init__(problem)
        self.expired = expired


def bearer_token(authorization: str) -> str:
    """The token in an Authorization header, with or without ``Bearer`` in front of it, or ""."""
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else authorization.strip()


def token_claims(token: str, now: float) -> LambdaEvent:
    """The claims of ``token`` at the time ``now``, in seconds since 1970. Claims that are null are left out.

    Raises TokenError if it is no JSON Web Token, or not valid yet or any more.
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenError("it doesn't have the three parts of a JSON Web Token")
    _decoded(parts[0], "header")
    claims = _decoded(parts[1], "payload")
    # The condition is negated because every comparison with NaN, which Python reads as a number, is false.
    if not _time(claims, "exp", now + 1) > now:
        raise TokenError("it has expired", expired=True)
    for name in ("nbf", "iat"):
        if _time(claims, name, now) > now:
            raise TokenError(f"its {name} is in the future")
    return {name: value for name, value in claims.items() if value is not None}


def _decoded(part: str, what: str) -> LambdaEvent:
    try:
        value = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        raise TokenError(f"its {what} isn't JSON in base64url") from None
    if not isinstance(value, dict):
        raise TokenError(f"its {what} isn't a JSON object")
    return value


def _time(claims: LambdaEvent, name: str, default: float) -> float:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenError(f"its {name} isn't a number")
    return value
