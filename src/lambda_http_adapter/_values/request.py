"""An event as it comes, and headers as every request and response has them."""

# An object of JSON. Its values are ``object`` and not Any, so that code has to check a value before it uses it.
LambdaEvent = dict[str, object]

Headers = list[tuple[bytes, bytes]]
