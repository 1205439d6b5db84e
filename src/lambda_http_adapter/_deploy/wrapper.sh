#!/bin/sh
# For AWS_LAMBDA_EXEC_WRAPPER: runs the app that the function's handler setting names ("main.app") on the loop of
# lambda_http_adapter, which can stream, instead of AWS's managed Python runtime. Lambda calls this script with the
# interpreter and the arguments of its own runtime. Only the interpreter is used.
cd "${LAMBDA_TASK_ROOT:-.}" || exit 1
for layer in /opt/python /opt/python/lib/python3*/site-packages; do
  [ -d "$layer" ] && PYTHONPATH="$layer${PYTHONPATH:+:$PYTHONPATH}"
done
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}"
exec "$1" -m lambda_http_adapter run
