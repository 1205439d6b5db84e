#!/bin/sh
# For AWS_LAMBDA_EXEC_WRAPPER: the app named by the function's handler setting ("main.app") runs on the loop of
# lambda_http_adapter, which can stream, in place of the managed Python runtime. Lambda calls this with the interpreter
# and the arguments of its own runtime; of those only the interpreter is wanted.
cd "${LAMBDA_TASK_ROOT:-.}" || exit 1
for layer in /opt/python /opt/python/lib/python3*/site-packages; do
  [ -d "$layer" ] && PYTHONPATH="$layer${PYTHONPATH:+:$PYTHONPATH}"
done
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}"
exec "$1" -m lambda_http_adapter run
