"""An event as it comes, and the HTTP request that every origin decodes it to and every app is called with."""

# An object of JSON. Its values are ``object`` and not Any, so that code has to check a value before it uses it.
LambdaEvent = dict[str, object]

Headers = list[tuple[bytes, bytes]]
