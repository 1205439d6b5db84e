"""Templates that contradict themselves, each with its sentence."""

import json
import platform
import sys
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lambda_http_adapter.errors import ConfigurationError
from tests.support.bundles import write_directory, write_zip
from tests.support.doctor import report, sentences
from tests.support.paths import ROOT

Properties = dict[str, Any]

FUNCTION: Properties = {"Runtime": "python3.13", "MemorySize": 1024, "Timeout": 20, "Handler": "main.handler"}
STREAM = {"LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "response_stream"}
URL = {"AuthType": "AWS_IAM"}
STREAMED_URL = {"AuthType": "AWS_IAM", "InvokeMode": "RESPONSE_STREAM"}
ARN = {"Fn::GetAtt": ["Shop", "Arn"]}
INVOKE_URL = "lambda:InvokeFunctionUrl"
INVOKE = "lambda:InvokeFunction"


def sam(changes: Properties | None = None, /, **resources: Properties) -> Properties:
    """A template with the function Shop and these other resources."""
    function = {"Type": "AWS::Serverless::Function", "Properties": {**FUNCTION, **(changes or {})}}
    return {"Resources": {"Shop": function, **resources}}


def resource(type: str, **properties: object) -> Properties:
    return {"Type": f"AWS::{type}", "Properties": properties}


def environment(**variables: str) -> Properties:
    return {"Environment": {"Variables": variables}}


def permission(action: str, principal: str = "*") -> Properties:
    return resource("Lambda::Permission", Action=action, FunctionName={"Ref": "Shop"}, Principal=principal)


def events(**kinds: Properties) -> Properties:
    return {"Events": {kind: {"Type": kind, "Properties": properties} for kind, properties in kinds.items()}}


class Broken(NamedTuple):
    template: Properties
    id: str
    sentence: str


REST_METHOD = resource(
    "ApiGateway::Method",
    RestApiId={"Ref": "Api"},
    Integration={
        "Uri": {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/${Shop.Arn}/invocations"}
    },
)
BINARY = resource("ApiGateway::RestApi", BinaryMediaTypes=["*/*"])
BROKEN = {
    "runtime without Python": Broken(
        sam({"Runtime": "nodejs22.x"}),
        "runtime-unsupported",
        "The runtime is 'nodejs22.x', and lambda_http_adapter needs python3.11, python3.12, python3.13, python3.14.",
    ),
    "misspelt option": Broken(
        sam(environment(LAMBDA_HTTP_ADAPTER_INVOK_MODE="buffered")),
        "option-refused",
        "Unknown environment variable 'LAMBDA_HTTP_ADAPTER_INVOK_MODE'; did you mean "
        "'LAMBDA_HTTP_ADAPTER_INVOKE_MODE'?",
    ),
    "option with a wrong value": Broken(
        sam({**environment(LAMBDA_HTTP_ADAPTER_INVOKE_MODE="stream"), "FunctionUrlConfig": URL}),
        "option-refused",
        "The environment variable LAMBDA_HTTP_ADAPTER_INVOKE_MODE is 'stream'; expected one of 'buffered', "
        "'response_stream'.",
    ),
    "async_init under SnapStart": Broken(
        sam({**environment(AWS_LWA_ASYNC_INIT="true"), "SnapStart": {"ApplyOn": "PublishedVersions"}}),
        "option-ignored",
        "AWS_LWA_ASYNC_INIT is set, and has no effect with SnapStart.",
    ),
    "async_init on Managed Instances": Broken(
        sam(
            {
                **environment(LAMBDA_HTTP_ADAPTER_ASYNC_INIT="true"),
                "CapacityProviderConfig": {},
                "MemorySize": 2048,
            }
        ),
        "option-ignored",
        "LAMBDA_HTTP_ADAPTER_ASYNC_INIT is set, and has no effect on Managed Instances.",
    ),
    "processes elsewhere": Broken(
        sam(environment(LAMBDA_HTTP_ADAPTER_PROCESSES="4")),
        "option-ignored",
        "LAMBDA_HTTP_ADAPTER_PROCESSES is set, and has no effect outside of Managed Instances.",
    ),
    "URL that streams, function that doesn't": Broken(
        sam({"FunctionUrlConfig": STREAMED_URL}),
        "stream-mode-unset",
        "The Function URL 'ShopUrl' streams, and LAMBDA_HTTP_ADAPTER_INVOKE_MODE isn't 'response_stream'.",
    ),
    "function that streams, URL that doesn't": Broken(
        sam({**environment(**STREAM), "FunctionUrlConfig": URL}),
        "stream-mode-contradicts",
        "LAMBDA_HTTP_ADAPTER_INVOKE_MODE is 'response_stream', and the Function URL 'ShopUrl' is buffered.",
    ),
    "function that streams, REST API that doesn't": Broken(
        sam(environment(**STREAM), Api=BINARY, Method=REST_METHOD),
        "stream-mode-contradicts",
        "LAMBDA_HTTP_ADAPTER_INVOKE_MODE is 'response_stream', and the REST API 'Api' is buffered.",
    ),
    "time-out behind an HTTP API": Broken(
        sam({"Timeout": 31, **events(HttpApi={})}),
        "timeout-front-door",
        "Timeout is 31 s, and the HTTP API waits for 30 s.",
    ),
    "time-out behind an HTTP API of CloudFormation": Broken(
        sam(
            {"Timeout": 30},
            Api=resource("ApiGatewayV2::Api", ProtocolType="HTTP"),
            Route=resource(
                "ApiGatewayV2::Integration", ApiId={"Ref": "Api"}, IntegrationUri=ARN, TimeoutInMillis=10000
            ),
        ),
        "timeout-front-door",
        "Timeout is 30 s, and the HTTP API 'Api' waits for 10 s.",
    ),
    "time-out behind a REST API": Broken(
        sam({"Timeout": 30}, Api=BINARY, Method=REST_METHOD, SameAgain=REST_METHOD),
        "timeout-front-door",
        "Timeout is 30 s, and the REST API 'Api' waits for 29 s.",
    ),
    "time-out behind a load balancer": Broken(
        sam(
            {"Timeout": 90},
            Group=resource(
                "ElasticLoadBalancingV2::TargetGroup",
                TargetType="lambda",
                Targets=[{"Id": ARN}],
                TargetGroupAttributes=[{"Key": "lambda.multi_value_headers.enabled", "Value": "true"}],
            ),
        ),
        "timeout-front-door",
        "Timeout is 90 s, and the load balancer 'Group' waits for 60 s.",
    ),
    "time-out behind CloudFront": Broken(
        sam(
            {"Timeout": 60, "FunctionUrlConfig": URL},
            Cdn=resource(
                "CloudFront::Distribution",
                DistributionConfig={
                    "Origins": [
                        {"DomainName": {"Fn::Select": [2, {"Fn::Split": ["/", {"Fn::GetAtt": "ShopUrl.FunctionUrl"}]}]}}
                    ]
                },
            ),
        ),
        "timeout-front-door",
        "Timeout is 60 s, and the CloudFront distribution 'Cdn' waits for 30 s.",
    ),
    "REST API without binary types": Broken(
        sam(
            events(Api={"RestApiId": {"Ref": "Rest"}}),
            Rest=resource("Serverless::Api", BinaryMediaTypes=["image~1png"]),
        ),
        "binary-media-types",
        "The REST API 'Rest' has no `*/*` among its BinaryMediaTypes.",
    ),
    "base path": Broken(
        sam(
            None,
            Api=BINARY,
            Method=REST_METHOD,
            Mapping=resource("ApiGateway::BasePathMapping", RestApiId={"Ref": "Api"}, BasePath="shop"),
        ),
        "base-path-unset",
        "The REST API 'Api' is mapped to the path '/shop', and LAMBDA_HTTP_ADAPTER_BASE_PATH isn't set.",
    ),
    "mapping of an HTTP API": Broken(
        sam(
            events(HttpApi={"ApiId": {"Ref": "Api"}}),
            Api=resource("Serverless::HttpApi"),
            Mapping=resource("ApiGatewayV2::ApiMapping", ApiId={"Ref": "Api"}, ApiMappingKey="v1"),
        ),
        "root-path-unset",
        "The HTTP API 'Api' is mapped to the path '/v1', and LAMBDA_HTTP_ADAPTER_ROOT_PATH isn't set.",
    ),
    "URL without the second permission": Broken(
        sam(
            None,
            ShopUrl=resource("Lambda::Url", AuthType="NONE", TargetFunctionArn=ARN),
            First=permission(INVOKE_URL),
            Other=permission(INVOKE, "events.amazonaws.com"),
        ),
        "url-permission",
        "The Function URL 'ShopUrl' has AuthType NONE, and nothing allows everybody lambda:InvokeFunction.",
    ),
    "URL of CloudFormation without the first permission": Broken(
        sam(
            None,
            Url=resource("Lambda::Url", AuthType="NONE", TargetFunctionArn=ARN),
            Second=permission(INVOKE),
        ),
        "url-permission",
        "The Function URL 'Url' has AuthType NONE, and nothing allows everybody lambda:InvokeFunctionUrl.",
    ),
    "load balancer in single-value mode": Broken(
        sam(
            None,
            Group=resource("ElasticLoadBalancingV2::TargetGroup", TargetType="lambda", Targets=[{"Id": ARN}]),
        ),
        "single-value-headers",
        "The load balancer 'Group' is in single-value mode.",
    ),
    "little memory": Broken(
        sam({"MemorySize": 256}),
        "memory-small",
        "The function has 256 MB, and so 14 % of a vCPU: a cold start takes about 7 times as long as with 1769 MB.",
    ),
    "little memory for Managed Instances": Broken(
        sam({"CapacityProviderConfig": {}}),
        "memory-managed",
        "The function has 1024 MB, and on Managed Instances it needs 2048 MB or more.",
    ),
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(template: object, name: str = "template.json") -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(json.dumps(template))


@pytest.mark.parametrize("name", BROKEN)
def test_broken_template(name: str) -> None:
    broken = BROKEN[name]
    write(broken.template)
    found = report()
    assert sentences(found) == [(broken.id, broken.sentence)]
    assert "{" not in found.findings[0].remedy


GOOD = {
    "URL that streams, and function too": sam({**environment(**STREAM), "FunctionUrlConfig": STREAMED_URL}),
    "function that streams, and REST API too": sam(
        environment(**STREAM) | {"Timeout": 900} | events(Api={"ResponseTransferMode": "STREAM"})
    ),
    "one way or another, known in AWS only": sam(
        {"FunctionUrlConfig": {"AuthType": {"Fn::If": ["A", "NONE", "AWS_IAM"]}, "InvokeMode": {"Ref": "Mode"}}}
        | {"MemorySize": {"Fn::FindInMap": ["A", "B", "C"]}, "Timeout": {"Ref": "Timeout"}}
        | events(Api={"RestApiId": {"Ref": "Rest"}}),
        Rest=resource("Serverless::Api", BinaryMediaTypes={"Fn::If": ["A", [], []]}),
    ),
    "raised time-out of a REST API": sam({"Timeout": 60} | events(Api={"TimeoutInMillis": 90000}))
    | {"Globals": {"Api": {"BinaryMediaTypes": ["*~1*"]}}},
    "raised time-out of a load balancer": sam(
        {"Timeout": 90},
        Balancer=resource(
            "ElasticLoadBalancingV2::LoadBalancer",
            LoadBalancerAttributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "120"}],
        ),
        Group=resource(
            "ElasticLoadBalancingV2::TargetGroup",
            TargetType="lambda",
            Targets=[{"Id": ARN}],
            TargetGroupAttributes=[{"Key": "lambda.multi_value_headers.enabled", "Value": True}],
        ),
    ),
    "raised time-out of CloudFront": sam(
        {"Timeout": 60, "FunctionUrlConfig": URL},
        Cdn=resource(
            "CloudFront::Distribution",
            DistributionConfig={
                "Origins": [
                    {
                        "DomainName": {"Fn::GetAtt": ["ShopUrl", "FunctionUrl"]},
                        "CustomOriginConfig": {"OriginReadTimeout": 60},
                    },
                    {"DomainName": "elsewhere.example"},
                ]
            },
        ),
    ),
    "mapped, and the option is set": sam(
        environment(LAMBDA_HTTP_ADAPTER_BASE_PATH="/shop"),
        Api=BINARY,
        Method=REST_METHOD,
        Mapping=resource("ApiGateway::BasePathMapping", RestApiId={"Ref": "Api"}, BasePath="shop"),
    ),
    "mapped as a whole": sam(
        None,
        Api=BINARY,
        Method=REST_METHOD,
        Mapping=resource("ApiGateway::BasePathMapping", RestApiId={"Ref": "Api"}, BasePath="(none)"),
        Others=resource("ApiGateway::BasePathMapping", RestApiId={"Ref": "Other"}, BasePath="other"),
    ),
    "both permissions": sam(
        None,
        ShopUrl=resource("Lambda::Url", AuthType="NONE", TargetFunctionArn=ARN),
        First=permission(INVOKE_URL),
        Second=permission(INVOKE),
    ),
    "both permissions, by SAM": sam({"FunctionUrlConfig": {"AuthType": "NONE"}}),
    "function that streams, and REST API too, in SAM's word": sam(
        environment(**STREAM) | {"Timeout": 900} | events(Api={"ResponseTransferMode": "RESPONSE_STREAM"})
    ),
    "URL of another function": sam(
        None,
        Url=resource("Lambda::Url", AuthType="NONE", TargetFunctionArn={"Fn::GetAtt": ["Other", "Arn"]}),
        Method=resource("ApiGateway::Method", Integration={"Uri": "http://elsewhere.example"}),
        Socket=resource("ApiGatewayV2::Integration", IntegrationUri=ARN),
        Group=resource("ElasticLoadBalancingV2::TargetGroup", TargetType="ip"),
    ),
    "own runtime": sam({"Runtime": "provided.al2023"}),
    "events that aren't HTTP": sam(events(Schedule={"Schedule": "rate(1 hour)"})),
    "mapping of another API": sam(
        events(HttpApi={"ApiId": {"Ref": "Api"}}),
        Api=resource("Serverless::HttpApi"),
        Mapping=resource("ApiGatewayV2::ApiMapping", ApiId={"Ref": "Other"}, ApiMappingKey="v1"),
        Balancer=resource("ElasticLoadBalancingV2::LoadBalancer", LoadBalancerAttributes=[{"Key": "a", "Value": "b"}]),
        Group=resource(
            "ElasticLoadBalancingV2::TargetGroup",
            TargetType="lambda",
            Targets=[{"Id": ARN}],
            TargetGroupAttributes=[{"Key": "lambda.multi_value_headers.enabled", "Value": "true"}],
        ),
    ),
    "no function": {"Resources": {"Topic": resource("SNS::Topic")}},
}


@pytest.mark.parametrize("name", GOOD)
def test_good_template(name: str) -> None:
    write(GOOD[name])
    assert sentences(report()) == []


def test_a_template_may_hold_anything_anywhere() -> None:
    write({"Resources": {"Shop": 5, "Other": {"Type": "AWS::Lambda::Function", "Properties": []}}, "Globals": []})
    assert [one.id for one in report().findings] == ["memory-small"]


EXAMPLES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("examples/**/template.yaml"))


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples(example: str) -> None:
    """What they show is what `doctor` would have: hints are for their readers to weigh."""
    found = report("--template", ROOT / example)
    assert [one for one in found.findings if one.severity != "hint"] == []


def test_the_lifetime_of_a_runtime() -> None:
    write(sam())
    assert sentences(report(today=date(2028, 12, 31))) == []
    assert sentences(report(today=date(2029, 6, 29))) == [
        ("runtime-ending", "The runtime 'python3.13' gets no security patches after 2029-06-30.")
    ]
    assert sentences(report(today=date(2029, 6, 30))) == [
        ("runtime-deprecated", "The runtime 'python3.13' has had no security patches since 2029-06-30.")
    ]


YAML = """
Parameters:
  Mode: {Type: String, Default: RESPONSE_STREAM}
  Python: {Type: String, Default: python3.13}
Globals:
  Function:
    Runtime: !Ref Python
    Environment: {Variables: {LAMBDA_HTTP_ADAPTER_ACCESS_LOG: true, TABLE: !Ref Table}}
Resources:
  Shop:
    Type: AWS::Serverless::Function
    Properties:
      Handler: !Sub main.handler
      MemorySize: 1024
      Timeout: 20
      Environment: {Variables: {LAMBDA_HTTP_ADAPTER_TRUSTED_PROXIES: many}}
      FunctionUrlConfig: {AuthType: !If [A, NONE, AWS_IAM], InvokeMode: !Ref Mode, Cors: !Transform {A: B}}
"""


def test_yaml_with_the_tags_of_cloudformation() -> None:
    Path("template.yml").write_text(YAML)
    assert sentences(report()) == [
        (
            "option-refused",
            "The environment variable LAMBDA_HTTP_ADAPTER_TRUSTED_PROXIES is 'many'; expected a whole number, 0 or "
            "more.",
        ),
        (
            "stream-mode-unset",
            "The Function URL 'ShopUrl' streams, and LAMBDA_HTTP_ADAPTER_INVOKE_MODE isn't 'response_stream'.",
        ),
    ]


def test_the_app_may_set_the_invoke_mode_itself() -> None:
    write(sam({"FunctionUrlConfig": STREAMED_URL, "CodeUri": "src", "Handler": "main.handler"}))
    write_directory(Path("src"), {"main.py": 'handler = asgi_handler(app, invoke_mode="response_stream")\n'})
    assert sentences(report()) == []


def test_sources_are_read() -> None:
    write(sam({"CodeUri": "src", "Handler": "main.app"}))
    write_directory(Path("src"), {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n"})
    found = report()
    assert [one.id for one in found.findings] == ["handler-is-app"]
    assert found.notes == ("No bundle was looked into: template.json names sources. Build it, and name the result.",)
    write(sam({"CodeUri": "src", "Handler": "main:app"}))
    assert [one.id for one in report().findings] == ["handler-form"]


def test_a_runtime_of_one_s_own() -> None:
    write(sam({"Runtime": "provided.al2023", "CodeUri": "src", "Handler": "main:app"}))
    write_directory(Path("src"), {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n"})
    assert sentences(report()) == []
    assert sentences(report("src", "--no-import")) == []
    write_directory(Path("src"), {"bootstrap": "#!/bin/sh\nexec python3 -m lambda_http_adapter run\n"})
    assert [one.id for one in report("src", "--no-import").findings] == ["adapter-missing"]


def test_what_sam_has_built_is_looked_into() -> None:
    write(sam({"CodeUri": "src"}))
    template = sam({"CodeUri": "Shop", "Handler": "main.handlr"})
    template["Resources"]["Other"] = {**template["Resources"]["Shop"]}
    template["Resources"]["Other"]["Properties"] = {**FUNCTION, "CodeUri": "Other"}
    write(template, ".aws-sam/build/template.json")
    Path(".aws-sam/build/template.json").rename(".aws-sam/build/template.yaml")
    for name in ("Shop", "Other"):
        write_directory(Path(".aws-sam/build") / name, {"main.py": "def handler(event, context): ...\n"})
    found = report("--no-import", "--arch", "x86_64")
    assert sentences(found) == [
        (
            "attribute-missing",
            "The handler is 'main.handlr', and 'main' has no attribute 'handlr'. Did you mean 'handler'?",
        )
    ]
    built = ".aws-sam/build"
    assert found.subject == f"{built}/Other and {built}/Shop and {built}/template.yaml"
    assert sentences(report("--no-import", "--function", "Other")) == []


def test_what_cdk_has_made_is_looked_into() -> None:
    template = sam({"Handler": "main.handlr", "Code": {"S3Bucket": "assets"}})
    template["Resources"]["Shop"] |= {"Type": "AWS::Lambda::Function", "Metadata": {"aws:asset:path": "asset.0123"}}
    write(template, "cdk.out/Shop.template.json")
    write_directory(Path("cdk.out/asset.0123"), {"main.py": "def handler(event, context): ...\n"})
    found = report("--no-import")
    assert [one.id for one in found.findings] == ["attribute-missing"]
    assert found.subject == "cdk.out/asset.0123 and cdk.out/Shop.template.json"
    template["Resources"]["Shop"]["Properties"] = {"PackageType": "Image", "MemorySize": 1024}
    template["Resources"]["Shop"]["Metadata"]["aws:asset:dockerfile-path"] = "Docker.file"
    write(template, "cdk.out/Shop.template.json")
    write_directory(Path("cdk.out/asset.0123"), {"Docker.file": 'FROM python:3.13\nCMD ["uvicorn", "main:app"]\n'})
    assert [one.id for one in report().findings] == ["image-starts-server"]


def test_the_only_template_of_cdk() -> None:
    write(sam({"MemorySize": 256}), "cdk.out/Shop.template.json")
    assert [one.id for one in report().findings] == ["memory-small"]
    write(sam(), "cdk.out/Other.template.json")
    assert report("--no-import").subject == "this directory"


def test_what_build_has_written_without_a_template() -> None:
    assert report("--no-import").subject == "this directory"
    write_zip(Path("function.zip"), {"main.py": "def handler(event, context): ...\n"})
    assert report("--no-import").subject == "function.zip"


def test_a_zip_file_that_the_template_names_is_looked_into() -> None:
    template = sam({"CodeUri": "shop.zip"}, Other=sam({"CodeUri": "src", "Handler": "main"})["Resources"]["Shop"])
    write(template)
    write_zip(Path("shop.zip"), {"main.py": "def handler(event, context): ...\n", ".env": ""})
    write_directory(Path("src"), {"main.py": ""})
    found = report("--no-import")
    assert ([one.id for one in found.findings], found.notes) == (["secret-settings", "handler-form"], ())
    assert found.subject == "shop.zip and template.json"


def test_a_directory_with_installed_requirements_is_looked_into() -> None:
    write(sam({"CodeUri": "build"}))
    files = {"main.py": "def handler(event, context): ...\n", "six-1.dist-info/RECORD": "", ".env": ""}
    write_directory(Path("build"), files)
    found = report("--no-import")
    assert ([one.id for one in found.findings], found.notes) == (["secret-settings"], ())
    assert found.subject == "build and template.json"


def test_layers_that_are_not_here_may_have_anything() -> None:
    write(
        sam(
            {
                **environment(AWS_LAMBDA_EXEC_WRAPPER="/opt/bootstrap"),
                "Layers": [{"Ref": "Layer"}],
                "Handler": "main.app",
            }
        )
    )
    bundle = write_directory(Path("bundle"), {"main.py": "import shop\napp = shop.FastAPI()\n"})
    version = "{}.{}".format(*sys.version_info)
    found = report(
        bundle, "--python", version, "--arch", {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    )
    assert sentences(found) == []
    assert found.notes == ("The import of 'main.app' ended at 'shop', which may be in a layer: name it with --layer.",)
    layer = write_directory(Path("layer"), {"bootstrap": "#!/bin/sh\n", "python/shop.py": ""})
    found = report(bundle, "--layer", layer, "--no-import")
    assert [one.id for one in found.findings] == ["wrapper-not-executable"]
    assert sentences(report(layer, "--no-import")) == []


@pytest.mark.parametrize(
    ("arguments", "content", "sentence"),
    [
        (
            ["--template", "nowhere.yaml"],
            None,
            "'nowhere.yaml', the template, can't be read: No such file or directory.",
        ),
        (["--template", "t.yaml"], b"\xff", "'t.yaml', the template, is not UTF-8 text."),
        (["--template", "t.yaml"], b"A: [", "'t.yaml', the template, can't be read: line 1: "),
        (["--template", "t.yaml"], b"? {A: B}\n: C", "'t.yaml', the template, can't be read: line 1: "),
        (
            ["--template", "t.yaml"],
            b"A: !!bool 5",
            "'t.yaml', the template, can't be read: it has a value that isn't what its tag says.",
        ),
        (["--template", "t.yaml"], b"\0", "'t.yaml', the template, can't be read: "),
        (["--template", "t.yaml"], b"[" * 1000, "'t.yaml', the template, can't be read: it is nested too deeply."),
        (["--template", "t.json"], b"{", "'t.json', the template, can't be read: Expecting property name"),
        (["--template", "t.yaml"], b"A: B", "'t.yaml' has no Resources; expected a template of SAM or CloudFormation."),
        (
            ["--template", "t.yaml", "--function", "Shp"],
            b"Resources: {Shop: {Type: 'AWS::Lambda::Function'}}",
            "--function: there is no function 'Shp'; expected one of: Shop. Did you mean 'Shop'?",
        ),
        (["--function", "Shop"], None, "--function: there is no function 'Shop'; there is no template with functions."),
        (
            ["--dockerfile", "nowhere", "--template", "t.yaml"],
            b"Resources: {A: {Type: 'AWS::Lambda::Function', Properties: {PackageType: Image}}}",
            "There is no file 'nowhere', which --dockerfile names.",
        ),
    ],
)
def test_a_template_that_cannot_be_read(arguments: list[str], content: bytes | None, sentence: str) -> None:
    if content is not None:
        Path(arguments[arguments.index("--template") + 1]).write_bytes(content)
    with pytest.raises(ConfigurationError) as error:
        report(*arguments)
    assert str(error.value).startswith(sentence)


def test_a_template_that_refers_to_itself() -> None:
    text = "Resources:\n  Shop: {Type: 'AWS::Lambda::Function', Properties: {MemorySize: 1024}}\n"
    Path("template.yaml").write_text(
        text + "  Url: {Type: 'AWS::Lambda::Url', Properties: {TargetFunctionArn: &a [*a]}}\n"
    )
    assert sentences(report()) == []


def test_yaml_needs_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("template.yaml").write_text(YAML)
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    with pytest.raises(ConfigurationError) as error:
        report()
    assert str(error.value) == "To read 'template.yaml', install PyYAML: pip install 'lambda-http-adapter[dev]'."
