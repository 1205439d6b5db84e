"""The rows of the pages about Zappa, Chalice and Web Functions, each with the tests that hold it: see claims.py."""

CLAIMS: dict[str, list[str]] = {
    # docs/migrate/zappa.md
    ("`app_function`: the settings name the app | the function's handler is `main.handler`"): [
        "differential/test_diffs.py::test_zappa_serves_its_project_before_the_diff",
        "differential/test_diffs.py::test_the_project_of_zappa_is_served_after_the_diff",
    ],
    ('`binary_support: false` | `body_encoding="text"`'): [
        "differential/test_zappa.py::test_zappa_as_text",
        "differential/test_zappa.py::test_ours_as_text",
    ],
    ("`additional_text_mimetypes` | `text_types=[…]`"): [
        "differential/test_zappa.py::test_zappa_as_text",
        "differential/test_zappa.py::test_ours_as_text",
    ],
    (
        '`base_path: "v1"`, which is also removed from `/v1beta` | `base_path="/v1"`, which matches whole segments only'
    ): [
        "differential/test_zappa.py::test_zappa_s_base_path_is_any_prefix",
        "differential/test_zappa.py::test_a_base_path_is_a_whole_segment",
    ],
    (
        '`events`: a function for each ARN | [`on_event={"sqs": '
        "ship}`](../handlers.md#handlers-beside-an-app): a handler for each service, which can look at the "
        "ARN"
    ): [
        "differential/test_zappa.py::test_our_events",
        "differential/test_zappa.py::test_zappa_s_events",
    ],
    (
        "an event of a queue without a function succeeds, so that its messages are lost | it is a POST to "
        "`/events`, and fails if the app has no such route"
    ): [
        "differential/test_zappa.py::test_our_events",
        "differential/test_zappa.py::test_zappa_s_events",
    ],
    (
        '`{"command": "main.ship"}` calls any function that can be imported | a handler in `on_event`, which '
        "decides what can be called"
    ): [
        "differential/test_zappa.py::test_our_events",
        "differential/test_zappa.py::test_zappa_s_events",
    ],
    ('`{"raw_command": "…"}` runs the event\'s text as Python | nothing'): [
        "differential/test_zappa.py::test_zappa_s_events",
        "differential/test_zappa.py::test_a_raw_command_is_not_run",
    ],
    (
        "`debug` is true unless the settings say otherwise: each event is logged, and an exception is shown "
        "to the client | a client never sees an exception; `dev` shows it on your machine"
    ): [
        "differential/test_zappa.py::test_our_responses",
        "differential/test_zappa.py::test_zappa_s_responses",
    ],
    ("`lambda.event`, `lambda.context` | `aws.event`, `aws.context`"): [
        "differential/test_zappa.py::test_the_names_of_the_event_and_the_context",
        "differential/test_zappa.py::test_zappa_s_names_of_the_event_and_the_context",
    ],
    (
        "`API_GATEWAY_AUTHORIZER`, and `context_header_mappings` | "
        "[`lambda_request(request)`](../origins.md): the event, its context and the authorizer"
    ): [
        "differential/test_zappa.py::test_the_authorizer",
        "differential/test_zappa.py::test_zappa_s_names_of_the_event_and_the_context",
    ],
    (
        "`REMOTE_USER` is the authorizer's `principalId` or an ARN | it isn't set, because frameworks treat "
        "it as a login"
    ): [
        "differential/test_zappa.py::test_what_our_app_sees",
        "differential/test_zappa.py::test_what_zappa_s_app_sees",
    ],
    ("an HTTP API's path is decoded twice | it is decoded once"): [
        "differential/test_zappa.py::test_what_our_app_sees",
        "differential/test_zappa.py::test_what_zappa_s_app_sees",
    ],
    ("a byte in the path that isn't UTF-8 is replaced | it is kept"): [
        "differential/test_zappa.py::test_what_our_app_sees",
        "differential/test_zappa.py::test_what_zappa_s_app_sees",
    ],
    ("a load balancer's query is encoded again | it is passed on unchanged"): [
        "differential/test_zappa.py::test_what_our_app_sees",
        "differential/test_zappa.py::test_what_zappa_s_app_sees",
    ],
    ("a query that only the single-value map has is lost | it is used"): [
        "differential/test_zappa.py::test_what_our_app_sees",
        "differential/test_zappa.py::test_what_zappa_s_app_sees",
    ],
    ("characters that aren't allowed in a query are passed on | they are percent-encoded"): [
        "differential/test_zappa.py::test_what_our_app_sees",
        "differential/test_zappa.py::test_what_zappa_s_app_sees",
    ],
    (
        "`SCRIPT_NAME` is the stage in the settings; behind a custom domain of an HTTP API, a path that "
        "begins like the stage loses it | `SCRIPT_NAME` is the stage in the event, on execute-api domains "
        "only"
    ): [
        "differential/test_zappa.py::test_what_our_app_sees",
        "differential/test_zappa.py::test_what_zappa_s_app_sees",
    ],
    (
        "`REMOTE_ADDR` is the last but one entry of `X-Forwarded-For`, which a client can forge, with its "
        "port if there is one, or `127.0.0.1` | the address that the front door saw, or absent"
    ): [
        "differential/test_zappa.py::test_what_our_app_sees",
        "differential/test_zappa.py::test_what_zappa_s_app_sees",
    ],
    (
        "`SERVER_NAME` is `zappa`, `SERVER_PORT` that of `X-Forwarded-Port` or 80 | the host and the port of "
        "the client's URL"
    ): [
        "differential/test_zappa.py::test_what_our_app_sees",
        "differential/test_zappa.py::test_what_zappa_s_app_sees",
    ],
    ("`wsgi.url_scheme` is `https` | it is the client's; `http` behind a load balancer without TLS"): [
        "differential/test_zappa.py::test_what_our_app_sees",
        "differential/test_zappa.py::test_what_zappa_s_app_sees",
    ],
    ("`SERVER_PROTOCOL` is `HTTP/1.1` | it is the client's"): [
        "differential/test_zappa.py::test_what_our_app_sees",
        "differential/test_zappa.py::test_what_zappa_s_app_sees",
    ],
    ("a Function URL's cookies are read from the list | they are read from the header, if there is one"): [
        "differential/test_zappa.py::test_what_our_app_sees",
        "differential/test_zappa.py::test_what_zappa_s_app_sees",
    ],
    (
        "`CONTENT_TYPE` is in `HTTP_CONTENT_TYPE` too, and `CONTENT_LENGTH` is `0` without a body | they are "
        "in one place, and absent if there is none"
    ): [
        "differential/test_zappa.py::test_what_our_app_sees",
        "differential/test_zappa.py::test_what_zappa_s_app_sees",
    ],
    (
        "headers that only Lambda Web Adapter may send, and names with an underscore, reach the app | they "
        "are dropped: [request headers](../origins.md#the-same-everywhere)"
    ): [
        "differential/test_zappa.py::test_what_our_app_sees",
        "differential/test_zappa.py::test_what_zappa_s_app_sees",
    ],
    (
        "characters outside latin-1, booleans and null get into the environ as in Python | they are encoded "
        "as UTF-8, written as in JSON, or omitted"
    ): [
        "differential/test_zappa.py::test_what_our_app_sees",
        "differential/test_zappa.py::test_what_zappa_s_app_sees",
    ],
    (
        "an ASGI app's lifespan isn't run, and each request has an event loop of its own | the lifespan runs "
        "once per environment, and one loop serves all requests"
    ): [
        "differential/test_zappa.py::test_the_lifespan_and_the_loop_of_our_asgi_app",
        "differential/test_zappa.py::test_the_lifespan_and_the_loop_of_zappa_s_asgi_app",
    ],
    ("an exception is answered with 500 and JSON that names `zappa tail` | it is logged, and answered with 500"): [
        "differential/test_zappa.py::test_our_responses",
        "differential/test_zappa.py::test_zappa_s_responses",
    ],
    ("each cookie is sent at least twice | it is sent once"): [
        "differential/test_zappa.py::test_our_responses",
        "differential/test_zappa.py::test_zappa_s_responses",
    ],
    (
        "behind a load balancer in single-value mode only the last cookie and the last value of a repeated "
        "header are sent | every value is sent"
    ): [
        "differential/test_zappa.py::test_our_responses",
        "differential/test_zappa.py::test_zappa_s_responses",
    ],
    ("text in a charset other than UTF-8 is answered with 500 | its bytes reach the client"): [
        "differential/test_zappa.py::test_our_responses",
        "differential/test_zappa.py::test_zappa_s_responses",
    ],
    ("`Connection` and other headers about the connection are passed on | they are dropped"): [
        "differential/test_zappa.py::test_our_responses",
        "differential/test_zappa.py::test_zappa_s_responses",
    ],
    ("values of a repeated header are joined with `,` | they are joined with `, `"): [
        "differential/test_zappa.py::test_our_responses",
        "differential/test_zappa.py::test_zappa_s_responses",
    ],
    (
        "responses are sent whole | a Function URL's and a REST API's can be "
        "[streamed](../runtime.md#response-streaming)"
    ): [
        "streaming/test_buffering.py::test_front_doors_that_can_not_stream_are_answered_buffered",
    ],
    # docs/migrate/chalice.md
    (
        '`@app.route("/items/{number}")` | `@app.get("/items/{number}")` in FastAPI, '
        '`@app.get("/items/<int:number>")` in Flask'
    ): [
        "differential/test_chalice.py::test_chalice_serves_its_project_before_the_diff",
        "differential/test_chalice.py::test_the_project_of_chalice_is_served_after_the_diff",
    ],
    (
        "`app.current_request.query_params`, `json_body` | the function's parameters in FastAPI, "
        "`request.args`, `request.get_json()` in Flask"
    ): [
        "differential/test_chalice.py::test_chalice_serves_its_project_before_the_diff",
        "differential/test_chalice.py::test_the_project_of_chalice_is_served_after_the_diff",
    ],
    (
        "`app.current_request.context`, `app.lambda_context` | [`lambda_request(request)`](../origins.md): "
        "the event, its context and the authorizer"
    ): [
        "values/test_lambda_request.py::test_every_source_tells_the_same",
    ],
    (
        "`Response(body, status_code=201)` | `status_code=201` of the route or `JSONResponse` in FastAPI, "
        "`body, 201` in Flask"
    ): [
        "differential/test_chalice.py::test_chalice_serves_its_project_before_the_diff",
        "differential/test_chalice.py::test_the_project_of_chalice_is_served_after_the_diff",
    ],
    ('`raise NotFoundError("…")` | `raise HTTPException(404, "…")` in FastAPI, `abort(404)` in Flask'): [
        "differential/test_chalice.py::test_chalice_serves_its_project_before_the_diff",
        "differential/test_chalice.py::test_the_project_of_chalice_is_served_after_the_diff",
    ],
    (
        '`@app.on_sqs_message`, `on_s3_event`, `schedule` …: a function for each | [`on_event={"sqs": '
        "ship}`](../handlers.md#handlers-beside-an-app): handlers beside the app, with the event as it is"
    ): [
        "differential/test_chalice.py::test_chalice_serves_its_project_before_the_diff",
        "differential/test_chalice.py::test_the_project_of_chalice_is_served_after_the_diff",
    ],
    ("`@app.on_ws_message` | [a POST to the route's key](../origins.md#websocket)"): [
        "emulator/dev/test_websocket.py::test_messages_of_one_connection",
    ],
    ("`cors=True` | the framework's middleware, such as FastAPI's `CORSMiddleware`"): [
        "differential/test_chalice.py::test_the_middleware_for_cors",
    ],
    (
        "REST APIs and WebSocket APIs only; a request of an HTTP API, a Function URL or a load balancer is "
        "answered with 500 | any [front door](../origins.md)"
    ): [
        "differential/test_chalice.py::test_chalice_serves_rest_apis_only",
        "differential/test_chalice.py::test_other_front_doors_are_served_after_the_diff",
    ],
    (
        "a path parameter is text, so a bad one is an exception and answered with 500 | FastAPI converts it, "
        "and answers 422 if it can't"
    ): [
        "differential/test_chalice.py::test_chalice_serves_its_project_before_the_diff",
        "differential/test_chalice.py::test_the_project_of_chalice_is_served_after_the_diff",
    ],
    (
        "a request with a content type other than `application/json` is answered with 415 unless the route "
        "lists it | FastAPI answers 422 if it needs JSON"
    ): [
        "differential/test_chalice.py::test_chalice_serves_its_project_before_the_diff",
        "differential/test_chalice.py::test_the_project_of_chalice_is_served_after_the_diff",
    ],
    (
        'the body of an error is `{"Code": "NotFoundError", "Message": "…"}` | FastAPI\'s is `{"detail": '
        '"…"}`; an exception handler can keep the old form'
    ): [
        "differential/test_chalice.py::test_chalice_serves_its_project_before_the_diff",
        "differential/test_chalice.py::test_the_project_of_chalice_is_served_after_the_diff",
    ],
    (
        "each route is a resource of the API, so that a path without a route never reaches the function | "
        "the API passes on every path, and the app answers 404"
    ): [
        "differential/test_chalice.py::test_chalice_knows_the_paths_of_its_resources_only",
        "differential/test_chalice.py::test_a_path_without_a_route",
    ],
    # docs/migrate/web-functions.md
    ("`main:app` unless another is named | the same"): [
        "differential/test_diffs.py::test_the_project_of_web_functions_is_served_after_the_diff",
    ],
    ("`AWS_LAMBDA_PYTHON_ENTRYPOINT=api:application` | the same, or `run api:application`"): [
        "apps/test_importer.py::test_entry_point",
    ],
    ("`asgi:api:application`, `wsgi:api:application` | the same"): [
        "apps/test_importer.py::test_strings_that_lead_to_an_app",
    ],
}
