"""A zip on AWS's managed Python runtime whose responses stream, behind a Function URL."""

from aws_cdk import App, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk.aws_lambda import Architecture, Code, Function, FunctionUrlAuthType, InvokeMode, Runtime
from aws_cdk.aws_logs import LogGroup, RetentionDays

app = App()
stack = Stack(app, "LambdaHttpAdapter")
logs = LogGroup(
    stack,
    "Logs",
    log_group_name="/aws/lambda/LambdaHttpAdapter",
    retention=RetentionDays.TWO_WEEKS,
    removal_policy=RemovalPolicy.DESTROY,
)
function = Function(
    stack,
    "App",
    code=Code.from_asset("function.zip"),  # made by: lambda-http-adapter build main:app
    handler="main.app",  # the app itself: the wrapper reads this setting
    runtime=Runtime.PYTHON_3_13,
    architecture=Architecture.ARM_64,
    memory_size=1024,
    timeout=Duration.seconds(300),
    log_group=logs,
    environment={
        "AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap",
        "LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "response_stream",  # set this and invoke_mode together
    },
)
url = function.add_function_url(auth_type=FunctionUrlAuthType.NONE, invoke_mode=InvokeMode.RESPONSE_STREAM)
CfnOutput(stack, "Url", value=url.url)
app.synth()
