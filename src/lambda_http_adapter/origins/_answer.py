"""Response headers in the shapes that several origins share: names lower-cased, values as text."""

from .._values.request import Headers


def joined_headers(headers: Headers) -> tuple[dict[str, str], list[str]]:
    """One value per name, and apart from them Set-Cookie: the one response header that a comma breaks."""
    joined: dict[str, str] = {}
    cookies: list[str] = []
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name == "set-cookie":
            cookies.append(value)
        elif name in joined:
            joined[name] += ", " + value
        else:
            joined[name] = value
    return joined, cookies


def single_headers(headers: Headers) -> dict[str, str]:
    """One value per name for origins that have no other place for cookies.

    Header names are case-insensitive but JSON keys are not: each further Set-Cookie is spelt in another case.
    """
    joined, cookies = joined_headers(headers)
    for index, cookie in enumerate(cookies):
        joined[_spelling("set-cookie", index)] = cookie
    return joined


def _spelling(name: str, index: int) -> str:
    letters = []
    for letter in name:
        letters.append(letter.upper() if letter.isalpha() and index & 1 else letter)
        index >>= letter.isalpha()
    return "".join(letters)


def reason_phrase(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def multi_value_headers(headers: Headers) -> dict[str, list[str]]:
    several: dict[str, list[str]] = {}
    for name, value in headers:
        several.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return several
