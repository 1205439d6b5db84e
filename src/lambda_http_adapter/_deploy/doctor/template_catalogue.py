"""What ``doctor`` can say about a template, and about a template and a bundle that don't fit each other."""

from __future__ import annotations

from .finding import Kind

TEMPLATE_KINDS = {
    "runtime-unsupported": Kind(
        "error",
        "The runtime is {runtime!r}, and lambda_http_adapter needs {wanted}.",
        "Set Runtime to {newest}.",
        "Older versions of Python can't import the package; other runtimes have no Python.",
    ),
    "runtime-deprecated": Kind(
        "warning",
        "The runtime {runtime!r} has had no security patches since {date}.",
        "Set Runtime to {newest}, and build the bundle for it.",
        "AWS first refuses new functions with it, then updates. "
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
    ),
    "runtime-ending": Kind(
        "hint",
        "The runtime {runtime!r} gets no security patches after {date}.",
        "Set Runtime to {newest}, and build the bundle for it.",
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
    ),
    "option-refused": Kind(
        "error",
        "{reason}",
        "Correct the variable in the function's environment.",
        "The function refuses to start with an option that it doesn't understand.",
    ),
    "option-ignored": Kind(
        "warning",
        "{variable} is set, and has no effect {where_ignored}.",
        "Remove it.",
        "Somebody expects it to have an effect.",
    ),
    "stream-mode-unset": Kind(
        "error",
        "{door} streams, and LAMBDA_HTTP_ADAPTER_INVOKE_MODE isn't 'response_stream'.",
        "Set LAMBDA_HTTP_ADAPTER_INVOKE_MODE to response_stream in the function's environment.",
        "The client would see the JSON of a buffered response as it is.",
    ),
    "stream-mode-contradicts": Kind(
        "error",
        "LAMBDA_HTTP_ADAPTER_INVOKE_MODE is 'response_stream', and {door} is buffered.",
        "{change}, or remove the variable.",
        "A buffered front door shows the client the prelude of a stream, or no body.",
    ),
    "stream-mode-unavailable": Kind(
        "error",
        "LAMBDA_HTTP_ADAPTER_INVOKE_MODE is 'response_stream', and the handler {handler!r} runs in AWS's runtime, "
        "which can't stream from Python.",
        "Set AWS_LAMBDA_EXEC_WRAPPER to a script of `lambda-http-adapter wrapper`, and name the app as the handler.",
        "Only a custom runtime can send a response in parts.",
    ),
    "timeout-front-door": Kind(
        "warning",
        "Timeout is {timeout} s, and {door} waits for {waits} s.",
        "Set Timeout to {wanted} or less: the function ends, and says so in its log, before the client gets {status}.",
        "After that time the function goes on and is billed, but nobody reads its response.",
    ),
    "binary-media-types": Kind(
        "warning",
        "{door} has no `*/*` among its BinaryMediaTypes.",
        "Set BinaryMediaTypes to `['*~1*']` in SAM, `['*/*']` elsewhere.",
        "API Gateway decodes a response's base64 only if these match the request's Accept: images, downloads and "
        "compressed responses arrive as base64.",
    ),
    "base-path-unset": Kind(
        "warning",
        "{door} is mapped to the path {path!r}, and LAMBDA_HTTP_ADAPTER_BASE_PATH isn't set.",
        "Set LAMBDA_HTTP_ADAPTER_BASE_PATH to {path}.",
        "The app gets paths that begin with it, and answers 404.",
    ),
    "root-path-unset": Kind(
        "hint",
        "{door} is mapped to the path {path!r}, and LAMBDA_HTTP_ADAPTER_ROOT_PATH isn't set.",
        "Set LAMBDA_HTTP_ADAPTER_ROOT_PATH to {path} if the app makes URLs.",
        "Payload 2.0 has no field for the mapping, so that redirects and documentation leave it out.",
    ),
    "url-permission": Kind(
        "error",
        "{door} has AuthType NONE, and nothing allows everybody {action}.",
        "Add an AWS::Lambda::Permission with Action {action} and Principal `'*'`; for lambda:InvokeFunction also with "
        "`InvokedViaFunctionUrl: true`.",
        "The URL answers 403. Since October 2025 it needs two permissions: SAM grants both, CloudFormation doesn't. "
        "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
    ),
    "single-value-headers": Kind(
        "hint",
        "{door} is in single-value mode.",
        "Set its attribute lambda.multi_value_headers.enabled to true.",
        "Several cookies in a response need several spellings of Set-Cookie there, and of repeated query parameters "
        "only the last arrives.",
    ),
    "memory-small": Kind(
        "hint",
        "The function has {memory} MB, and so {share} % of a vCPU: a cold start takes about {times} times as long as "
        "with 1769 MB.",
        "Set MemorySize to 1024 or more, and measure: it often costs less.",
        "Lambda allots CPU by memory, and a start is all CPU.",
    ),
    "memory-managed": Kind(
        "error",
        "The function has {memory} MB, and on Managed Instances it needs 2048 MB or more.",
        "Set MemorySize to 2048 or more.",
        "Lambda refuses the function. "
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-best-practices.html",
    ),
    "architecture-image": Kind(
        "error",
        "The image is built for {machine}, and the function's architecture is {architecture}.",
        "Build it with `docker build --platform linux/{docker}`, or set Architectures to [{built}].",
        "The function doesn't start: exec format error.",
    ),
    "image-shell-form": Kind(
        "error",
        "{instruction} of the image is a line for a shell: {text!r}.",
        "Write it as a JSON list: {instruction} {wanted}.",
        "A shell receives the signals instead of Python, and CMD beside ENTRYPOINT becomes `/bin/sh -c …`.",
    ),
    "image-starts-server": Kind(
        "error",
        "The image starts {program!r}, a web server, which doesn't ask Lambda for events.",
        'Start the app with this package: `ENTRYPOINT ["python", "-m", "lambda_http_adapter", "run"]`, '
        '`CMD ["main:app"]`.',
        "Lambda waits for the first call of the Runtime API and ends the function: Runtime.ExitError or a time-out.",
    ),
}
