# A zip on AWS's managed Python runtime whose responses stream, behind a Function URL.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 6.29" } # 6.29: invoked_via_function_url
  }
}

locals {
  bundle = "function.zip" # made by: lambda-http-adapter build main:app
}

resource "aws_lambda_function" "app" {
  function_name    = "lambda-http-adapter"
  filename         = local.bundle
  source_code_hash = filebase64sha256(local.bundle)
  handler          = "main.app" # the app itself: the wrapper reads this setting
  runtime          = "python3.13"
  architectures    = ["arm64"]
  memory_size      = 1024
  timeout          = 300
  role             = aws_iam_role.app.arn

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.app.name
  }

  environment {
    variables = {
      AWS_LAMBDA_EXEC_WRAPPER         = "/var/task/bootstrap"
      LAMBDA_HTTP_ADAPTER_INVOKE_MODE = "response_stream" # set this and invoke_mode together
    }
  }
}

resource "aws_lambda_function_url" "app" {
  function_name      = aws_lambda_function.app.function_name
  authorization_type = "NONE"
  invoke_mode        = "RESPONSE_STREAM"
}

# An open Function URL needs both permissions.
resource "aws_lambda_permission" "url" {
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = aws_lambda_function.app.function_name
  principal              = "*"
  function_url_auth_type = "NONE"
}

resource "aws_lambda_permission" "invoke" {
  action                   = "lambda:InvokeFunction"
  function_name            = aws_lambda_function.app.function_name
  principal                = "*"
  invoked_via_function_url = true
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/aws/lambda/lambda-http-adapter"
  retention_in_days = 14
}

resource "aws_iam_role" "app" {
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy_attachment" "app" {
  role       = aws_iam_role.app.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

output "url" {
  value = aws_lambda_function_url.app.function_url
}
