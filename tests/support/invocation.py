"""One invocation: the event that a Function URL really sent, and its context."""

from lambda_http_adapter._values.context import LambdaContext
from tests.support.paths import EVENTS

EVENT = (EVENTS / "function_url/live.json").read_bytes()
CONTEXT = LambdaContext("8476a536-e9f4-11e8-9739-2dfe598c3fcd", 1_783_711_206_671, "arn:aws:lambda:…:greeter")
