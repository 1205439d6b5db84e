"""JSON Web Tokens as a client sends them. Nobody here verifies signatures, so they have none."""

import json
from base64 import urlsafe_b64encode


def web_token(claims: object, header: object = None) -> str:
    return f"{_encoded(header or {'alg': 'RS256', 'typ': 'JWT'})}.{_encoded(claims)}.c2lnbmF0dXJl"


def _encoded(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
