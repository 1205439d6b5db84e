"""What each template says: settings that contradict each other, and cfn-lint's opinion."""

import re
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from lambda_http_adapter._values.config import load_config
from tests.support.paths import ROOT
from tests.support.recipes import (
    DEPLOY,
    IMAGES,
    RECIPES,
    TEMPLATES,
    TEMPLATES_OF_ALL,
    TEMPLATES_OF_INIT,
    function,
    resources,
    variables,
)

# Seconds that the front door waits for a function; Lambda itself allows 900.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
WAITS = {
    "zip_handler": 30,
    "http_api_domain": 30,
    "queue_and_http": 30,
    "rest_streaming": 300,
    "alb": 60,
    "cloudfront": 60,
}


def test_cfn_lint_finds_nothing(tmp_path: Path) -> None:
    """But it reads SAM's properties: it finds one that doesn't exist."""
    wrong = tmp_path / "template.yaml"
    template = (DEPLOY / "managed_instances" / "template.yaml").read_text()
    wrong.write_text(template.replace("PerExecutionEnvironmentMaxConcurrency", "Concurrency"))
    command = [
        str(Path(sys.executable).with_name("cfn-lint")),
        "--format",
        "parseable",
        *map(str, TEMPLATES_OF_ALL),
        str(wrong),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    (found,) = done.stdout.splitlines()
    assert found.startswith(f"{wrong}:")
    assert "'Concurrency' was unexpected" in found


@pytest.mark.parametrize("template", TEMPLATES_OF_ALL, ids=str)
def test_arm64_and_logs_that_end(template: Path) -> None:
    for properties in resources(ROOT / template, "AWS::Serverless::Function").values():
        assert properties["Architectures"] == ["arm64"]
        logging = cast("dict[str, object]", properties["LoggingConfig"])
        assert logging["LogGroup"] == {"Ref": "Logs"}
    logs = {"LogGroupName": {"Sub": "/aws/lambda/${AWS::StackName}"}, "RetentionInDays": 14}
    assert resources(ROOT / template, "AWS::Logs::LogGroup") == {"Logs": logs}


# What the templates of the examples, of the recipes and of `init` have in common → its comment.
COMMENTS = {
    "MemorySize: 1024": "CPU grows with it",
    r"FunctionUrlConfig: {AuthType: NONE.*}": "open to the internet",
    r"AWS_LAMBDA_EXEC_WRAPPER: .*": "in function.zip: starts lambda-http-adapter",
    r"LAMBDA_HTTP_ADAPTER_INVOKE_MODE: .*": "set this and (InvokeMode|ResponseTransferMode) together",
    r"Logs:": "Lambda's own group would keep them for ever",
    r"CodeUri: function.zip": r"made by: lambda-http-adapter build \S+",
}


@pytest.mark.parametrize("template", [*TEMPLATES_OF_ALL, *TEMPLATES_OF_INIT], ids=str)
def test_the_same_setting_has_the_same_comment(template: Path) -> None:
    lines = [line.strip() for line in (ROOT / template).read_text().splitlines()]
    for setting, comment in COMMENTS.items():
        found = [line for line in lines if re.match(rf"{setting}( #|$)", line)]
        assert [line for line in found if not re.fullmatch(f"{setting} # {comment}", line)] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_python_is_the_same_everywhere(name: str) -> None:
    said = {
        "zip": str(function(DEPLOY / name / "template.yaml").get("Runtime")),
        **{
            path.name: path.read_text() for path in (DEPLOY / name).iterdir() if path.name in {"Dockerfile", "build.sh"}
        },
    }
    versions = set(re.findall(r"python[:-]?(3\.\d+)", "\n".join(said.values())))
    assert versions == {"3.13"}


@pytest.mark.parametrize("template", [*TEMPLATES_OF_ALL, *TEMPLATES_OF_INIT], ids=str)
def test_sam_grants_the_permissions_of_an_open_url(template: Path) -> None:
    """So no template does: a slow test looks at what SAM makes of them."""
    text = (ROOT / template).read_text()
    assert ("InvokedViaFunctionUrl" in text) == (template.parent.name == "cloudfront")  # whose URL isn't open


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_function_ends_before_its_front_door_stops_waiting(name: str) -> None:
    timeout = cast("int", function(DEPLOY / name / "template.yaml")["Timeout"])
    assert timeout < WAITS.get(name, 900)


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_variables_are_options_of_this_package(name: str) -> None:
    properties = function(DEPLOY / name / "template.yaml")
    config = load_config({}, variables(properties))
    assert config.on_restore == ("/after-restore" if "SnapStart" in properties else None)


@pytest.mark.parametrize("name", TEMPLATES)
def test_both_sides_stream_or_neither(name: str) -> None:
    template = DEPLOY / name / "template.yaml"
    properties = function(template)
    url = cast("dict[str, object]", properties.get("FunctionUrlConfig", {}))
    events = cast("dict[str, dict[str, dict[str, object]]]", properties.get("Events", {}))
    doors = [url.get("InvokeMode"), *(event["Properties"].get("ResponseTransferMode") for event in events.values())]
    streams = variables(properties).get("LAMBDA_HTTP_ADAPTER_INVOKE_MODE") == "response_stream"
    assert ("RESPONSE_STREAM" in doors) == streams
    # AWS's own loop can't stream: an image, a wrapper or the OS-only runtime can.
    ours = name in IMAGES or properties["Runtime"] != "python3.13" or "AWS_LAMBDA_EXEC_WRAPPER" in variables(properties)
    assert ours == streams


def test_a_message_stays_invisible_for_six_time_outs() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
    template = DEPLOY / "queue_and_http" / "template.yaml"
    timeout = cast("int", function(template)["Timeout"])
    assert cast("int", resources(template, "AWS::SQS::Queue")["Orders"]["VisibilityTimeout"]) >= 6 * timeout


def test_the_root_path_is_the_mapping() -> None:
    template = DEPLOY / "http_api_domain" / "template.yaml"
    (api,) = resources(template, "AWS::Serverless::HttpApi").values()
    (mapping,) = cast("dict[str, list[str]]", api["Domain"])["BasePath"]
    assert variables(function(template))["LAMBDA_HTTP_ADAPTER_ROOT_PATH"] == f"/{mapping}"


def test_cloudfront_is_configured_as_its_page_says() -> None:
    """Each line of the page's template is in the recipe, but for the names of the resources."""
    page = (ROOT / "docs" / "cloudfront.md").read_text()
    template = (DEPLOY / "cloudfront" / "template.yaml").read_text()
    (function_code,) = re.findall(r"^```javascript\n(.+?)^```", page, re.MULTILINE | re.DOTALL)
    assert re.sub("^", " " * 8, function_code.strip(), flags=re.MULTILINE) in template
    (yaml_block,) = re.findall(r"^```yaml\n(.+?)^```", page, re.MULTILINE | re.DOTALL)
    named = {"Api": "App", "api": "app"}
    lines = [
        re.sub(r"\b[Aa]pi(?=\b|Url)", lambda found: named[found[0]], line).split(" #")[0]
        for line in yaml_block.splitlines()
    ]
    missing = [line for line in lines if line not in re.sub(" #.*", "", template)]
    assert missing == ["        Name: app", "      Name: copy-headers", '      FunctionCode: "…"']


def test_the_recipes_without_a_template_say_the_same() -> None:
    said = {
        "cdk": (DEPLOY / "cdk" / "stack.py").read_text(),
        "terraform": (DEPLOY / "terraform" / "main.tf").read_text(),
    }
    assert sorted(said) == sorted(set(RECIPES) - set(TEMPLATES))
    for text in said.values():
        wanted = variables(function(DEPLOY / "zip_streaming" / "template.yaml"))
        found = dict(re.findall(r'"?(AWS_LAMBDA_EXEC_WRAPPER|LAMBDA_HTTP_ADAPTER_\w+)"? *[:=] *"(.+?)"', text))
        assert found == wanted
        assert re.search(r"arm64|ARM_64", text)
        assert re.search(r"python3\.13|PYTHON_3_13", text)
        assert re.search(r"retention_in_days = 14|retention=RetentionDays\.TWO_WEEKS", text)
        assert re.search(r"timeout *= *(300|Duration\.seconds\(300\))", text)
