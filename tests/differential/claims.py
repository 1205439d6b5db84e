"""The rows of the guide's tables, each with the tests that hold it. A new row, or a new word in one, asks for them."""

# The lists below "What changes" are held by the tables in from_*.py, in both directions.
CLAIMS: dict[str, list[str]] = {
    # From Mangum
    (
        '`lifespan="auto"`, `"on"`, `"off"` | the same values, but the lifespan runs once per execution '
        'environment, on Lambda during its init phase; it ran around every request. With `"on"`, an app that '
        "raises at startup fails to start; it was served"
    ): [
        "differential/test_differences.py::test_lifespans",
        "differential/test_differences.py::test_on_lambda_the_lifespan_begins_before_the_first_event",
        "differential/test_differences.py::test_an_app_that_raises_at_startup",
    ],
    (
        '`api_gateway_base_path="/v1"` | `base_path="/v1"`, which matches whole segments only, works for '
        "every front door, and becomes part of `root_path`"
    ): [
        "differential/test_options.py::test_base_path_of_mangum",
    ],
    (
        "`FastAPI(root_path=\"/v1\")` | works too, and replaces `root_path`; if the request's path doesn't "
        "start with it, it is put in front, so that `request.url` contains it as well"
    ): [
        "differential/test_options.py::test_the_root_path_of_a_fastapi_app_is_in_its_urls",
    ],
    (
        "`custom_handlers=[…]` | `origins=[MINE, *ORIGINS]`: see [a front door of your "
        "own](../origins.md#a-front-door-of-your-own)"
    ): [
        "differential/test_options.py::test_a_front_door_of_one_s_own",
    ],
    (
        "`text_mime_types=[…]` | `text_types=[…]` for formats of your own; common ones are "
        "[known](../origins.md#text-and-base64). The list replaced the default, and each entry matched anywhere "
        "in the content type; here it adds, and is a media type or `type/*`"
    ): [
        "differential/test_options.py::test_text_types_of_mangum",
    ],
    "`exclude_headers=[…]` | not available: use a middleware to drop headers": [
        "differential/test_options.py::test_headers_are_excluded_by_mangum_only",
    ],
    (
        "a RuntimeError for an event other than an HTTP request | a POST of the event to `/events`, or for a "
        "warm-up ping no error; `pass_through_path` sets another path, and with None it is an error again"
    ): [
        "differential/test_options.py::test_an_event_that_is_no_request",
        "differential/test_differences.py::test_events_that_are_not_requests",
    ],
    (
        "requests to a Lambda authorizer (payload 1.0 and 2.0) and responses of CloudFront are served as requests | "
        "they are events other than requests, for `/events` or [`on_event`](../handlers.md#handlers-beside-an-app)"
    ): [
        "differential/test_options.py::test_an_event_goes_to_the_handler_of_its_sender",
    ],
    (
        "an MCP server of the official SDK answers the first request; from the second on the invocation fails, "
        'because its session manager can be started once. With `lifespan="off"` every request is answered with 500 | '
        "every request is answered: see [the example](../../examples/mcp_server/README.md)"
    ): [
        "differential/test_mcp.py::test_every_request_to_an_mcp_server_is_answered",
        "differential/test_mcp.py::test_mangum_starts_an_mcp_server_again_for_each_request",
        "differential/test_mcp.py::test_mangum_without_a_lifespan_starts_no_mcp_server",
    ],
    # From apig-wsgi
    "`binary_support=True` | the default": [
        "differential/test_options.py::test_binary_support_of_apig_wsgi",
    ],
    '`binary_support=False` | `body_encoding="text"`': [
        "differential/test_options.py::test_binary_support_of_apig_wsgi",
    ],
    (
        "a KeyError for an event other than an HTTP request | a POST of the event to `/events`, or for a "
        "warm-up ping no error"
    ): [
        "differential/test_options.py::test_an_event_that_is_no_request",
        "differential/test_differences.py::test_events_that_are_not_requests",
    ],
    (
        "`non_binary_content_type_prefixes` | `text_types=[…]` for formats of your own; common ones are "
        "[known](../origins.md#text-and-base64). An entry is a media type or `type/*`, not a prefix"
    ): [
        "differential/test_options.py::test_text_types_of_apig_wsgi",
    ],
    (
        "requests to a Lambda authorizer (payload 1.0 and 2.0) are served as requests | "
        "they are events other than requests, for `/events` or [`on_event`](../handlers.md#handlers-beside-an-app)"
    ): [
        "differential/test_options.py::test_an_event_goes_to_the_handler_of_its_sender",
    ],
    # From serverless-wsgi
    (
        '`API_GATEWAY_BASE_PATH=v1` | `base_path="/v1"` or `LAMBDA_HTTP_ADAPTER_BASE_PATH=v1`, which matches '
        "whole segments only"
    ): [
        "differential/test_options.py::test_base_path_of_serverless_wsgi",
    ],
    '`STRIP_STAGE_PATH=yes` | `root_path=""` or an empty `LAMBDA_HTTP_ADAPTER_ROOT_PATH`': [
        "differential/test_options.py::test_a_stage_that_is_no_part_of_the_urls",
    ],
    (
        "`textMimeTypes` | `text_types=[…]` for formats of your own; common ones are "
        "[known](../origins.md#text-and-base64)"
    ): [
        "differential/test_options.py::test_text_types_of_serverless_wsgi",
    ],
    (
        "warm-up events answered with `{}` | answered with `null`, without the app. An EventBridge schedule "
        "(`aws.events` with a `detail-type`) was answered too; it is POSTed to `/events` and fails if the app"
        ' has no such route: give it the constant input `{"warmer": true}`, or set `on_event={"eventbridge": '
        "lambda: None}`"
    ): [
        "differential/test_differences.py::test_events_that_are_not_requests",
        "differential/test_differences.py::test_the_guide_s_remedies_for_a_schedule_keep_it_from_the_app",
    ],
    "a KeyError for a queue's event | a POST of the event to `/events`": [
        "differential/test_options.py::test_an_event_that_is_no_request",
    ],
    (
        "events of the `lambda` (not `lambda-proxy`) integration | POSTed to `/events` like any event other "
        "than a request"
    ): [
        "differential/test_options.py::test_the_lambda_integration_is_not_served",
    ],
    "`sls wsgi serve` | `run_wsgi(app)`, which serves the app outside Lambda": [
        "runtime/test_local.py::test_an_app_is_served",
    ],
    (
        "`sls wsgi manage`, which sends an event | an event for [a handler of your own]"
        "(../django.md#migrations-and-other-commands), with a list of the commands that it runs"
    ): [
        "test_example_django.py::test_commands_as_events",
    ],
    "`packRequirements` | the plugin serverless-python-requirements": [],
    (
        "requests to a Lambda authorizer (payload 1.0 and 2.0), served as requests | "
        "they are events other than requests, for `/events` or [`on_event`](../handlers.md#handlers-beside-an-app)"
    ): [
        "differential/test_options.py::test_an_event_goes_to_the_handler_of_its_sender",
    ],
    # From Lambda Web Adapter
    "`AWS_LWA_INVOKE_MODE` | `invoke_mode`": [
        "test_rivals_environment.py::test_the_guide_names_the_variables_that_are_read",
        "differential/test_lambda_web_adapter.py::test_a_value_that_the_adapter_ignores_is_an_error",
    ],
    "`AWS_LWA_REMOVE_BASE_PATH` | `base_path`": [
        "test_rivals_environment.py::test_remove_base_path",
    ],
    "`AWS_LWA_PASS_THROUGH_PATH` | `pass_through_path`": [
        "test_rivals_environment.py::test_pass_through_path",
    ],
    "`AWS_LWA_ERROR_STATUS_CODES` | `fail_on_status`": [
        "test_rivals_environment.py::test_error_status_codes",
    ],
    "`AWS_LWA_AUTHORIZATION_SOURCE` | `authorization_source`": [
        "test_rivals_environment.py::test_authorization_source",
        "test_rivals_environment.py::test_authorization_stays_where_the_source_is_absent",
    ],
    "`AWS_LWA_ASYNC_INIT` | `async_init`": [
        "values/test_config.py::test_the_argument_wins_over_our_variable_and_that_over_the_fallback",
        "runtime/test_async_init.py::test_the_first_invocation_is_asked_for_in_time_and_waits_for_the_start",
    ],
    "`AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH` | `on_snapshot`": [
        "runtime/test_snapstart.py::test_a_hook_may_be_a_path_of_the_app_that_clients_do_not_reach",
    ],
    "`AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH` | `on_restore`": [
        "runtime/test_snapstart.py::test_a_hook_may_be_a_path_of_the_app_that_clients_do_not_reach",
    ],
    (
        "`AWS_LWA_PORT`, `AWS_LWA_HOST`, `AWS_LWA_READINESS_CHECK_…` | nothing: there is no port and no readiness check"
    ): [
        "differential/test_lambda_web_adapter.py::test_variables_that_are_not_read",
    ],
    "`AWS_LWA_ENABLE_COMPRESSION` | a middleware of the app": [
        "differential/test_lambda_web_adapter.py::test_variables_that_are_not_read",
    ],
    "the old names without `AWS_LWA_` | the new ones above": [
        "differential/test_lambda_web_adapter.py::test_variables_that_are_not_read",
    ],
    (
        "waits until the server answers `GET /` with a status below 500 | imports the app and runs an ASGI "
        "app's lifespan; the app gets no such request"
    ): [
        "differential/test_lambda_web_adapter.py::test_nothing_is_asked_before_the_first_event",
    ],
    "`X-Amzn-Request-Context`, JSON | `lambda_request(request).request_context`": [
        "differential/test_lambda_web_adapter.py::test_the_three_headers_and_their_counterparts",
    ],
    "`X-Amzn-Lambda-Context`, JSON | `lambda_request(request).context`": [
        "differential/test_lambda_web_adapter.py::test_the_three_headers_and_their_counterparts",
    ],
    (
        "`X-Amz-Tenant-Id`, which a client can send to a function without tenants | "
        "`lambda_request(request).context.tenant_id`; a client's headers of the three names never reach the app, true "
        "ones do with [`rival_keys=True`](../migrating.md#the-keys-of-other-adapters)"
    ): [
        "apps/test_rival_headers.py::test_the_context_of_the_event_and_of_lambda",
        "differential/test_lambda_web_adapter.py::test_the_three_headers_and_their_counterparts",
        "test_rivals_environment.py::test_nobody_can_pose_as_lambda",
    ],
    (
        "removes the base path, also a part of a segment (`/v1` from `/v1beta`) and repeatedly | moves it to "
        "`root_path` or `SCRIPT_NAME`, once and in whole segments, so that the URLs an app makes contain it; "
        '`root_path=""` removes it'
    ): [
        "differential/test_lambda_web_adapter.py::test_the_base_path_is_moved",
    ],
    (
        "the path of a REST API is without the stage, that of an HTTP API with it, on a custom domain too | "
        "on execute-api domains the stage is `root_path` or `SCRIPT_NAME`; on a custom domain it isn't part "
        "of the path"
    ): [
        "differential/test_lambda_web_adapter.py::test_the_stage",
    ],
    "the path of an HTTP API is decoded twice | it is decoded once": [
        "differential/test_lambda_web_adapter.py::test_the_path_of_an_http_api_is_decoded_once",
    ],
    "events of VPC Lattice, WebSocket APIs and Lambda@Edge are POSTed to `/events` | they are requests": [
        "differential/test_lambda_web_adapter.py::test_front_doors_that_the_adapter_does_not_know",
    ],
    (
        "other events succeed whatever the app's status is, and with `null` if its body isn't JSON | they "
        "fail with 400 and above, except 404 and 405, and if the body isn't JSON; if their sender sends them "
        "again or deletes them, only 2xx is a success: [pass_through](../origins.md#pass_through)"
    ): [
        "origins/test_pass_through.py::test_an_event_that_would_be_lost_fails_the_invocation",
        "origins/test_pass_through.py::test_a_status_that_nobody_reads_fails_the_invocation",
    ],
    "warm-up pings and empty events are POSTed to `/events` | they are answered with `null` without the app": [
        "runtime/test_managed.py::test_a_warm_up_ping_is_answered_without_the_app",
    ],
    "`Host` of these POSTs is the server's address and port | it is `localhost`, or `pass_through_host`": [
        "differential/test_lambda_web_adapter.py::test_the_host_of_other_events",
    ],
    (
        "a stream goes to every caller, a load balancer or a queue too | it goes to Function URLs and REST "
        "APIs; the others get the whole response"
    ): [
        "streaming/test_buffering.py::test_front_doors_that_can_not_stream_are_answered_buffered",
    ],
    (
        "a body that isn't valid base64, and a query of a Function URL with characters that aren't allowed, "
        "fail the invocation | such a body is answered with 400, such a query is percent-encoded"
    ): [
        "differential/test_lambda_web_adapter.py::test_what_fails_there_and_not_here",
    ],
    "a response header with characters outside ASCII ends the process | it reaches the client": [
        "differential/test_lambda_web_adapter.py::test_responses",
    ],
    (
        "text in a charset other than UTF-8 is sent as UTF-8, under its old name, and what can't be decoded "
        "is lost | its bytes reach the client, as base64"
    ): [
        "differential/test_lambda_web_adapter.py::test_responses",
    ],
    (
        "a body without a content type is sent as text, which destroys a binary one | it is sent as text if "
        "it is UTF-8, otherwise as base64"
    ): [
        "differential/test_lambda_web_adapter.py::test_responses",
    ],
    "forms, SQL and types with the charset UTF-8 are sent as base64 | they are sent as text if they are UTF-8": [
        "differential/test_lambda_web_adapter.py::test_responses",
    ],
    (
        "of a repeated header, only the first value of a Function URL's response is sent | every value is "
        "sent, joined with `, `"
    ): [
        "differential/test_lambda_web_adapter.py::test_responses",
    ],
    "a `Content-Length` that isn't the body's fails the invocation | the header is dropped": [
        "differential/test_lambda_web_adapter.py::test_responses",
    ],
    "`Connection` and, with HEAD and 204, `Content-Length` are passed on | they are dropped": [
        "differential/test_lambda_web_adapter.py::test_responses",
    ],
    "the server adds `Date` and `Server` to responses | nothing is added": [
        "differential/test_lambda_web_adapter.py::test_responses",
    ],
    # The keys of other adapters
    "`apig_wsgi.full_event`, `serverless.event` | `aws.event`": [
        "differential/test_options.py::test_a_key_and_its_counterpart",
    ],
    "`apig_wsgi.context`, `serverless.context` | `aws.context`": [
        "differential/test_options.py::test_a_key_and_its_counterpart",
    ],
    "`apig_wsgi.request_context` | `lambda_request(environ).request_context`": [
        "differential/test_options.py::test_a_key_and_its_counterpart",
    ],
    '`apig_wsgi.multi_value_headers` | `"multiValueHeaders" in environ["aws.event"]`': [
        "differential/test_options.py::test_a_key_and_its_counterpart",
    ],
    "`serverless.authorizer` | `lambda_request(environ).authorizer`, the same for every front door": [
        "differential/test_options.py::test_the_authorizer_is_the_same_for_every_front_door",
    ],
}
