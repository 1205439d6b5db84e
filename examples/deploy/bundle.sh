#!/bin/sh
# Makes build/ in the current directory: the app, its packages and the wrapper script. A recipe deploys it as a zip.
# ARCH=x86_64 builds for the other architecture.
set -eu
app=$(dirname "$0")/app
arch=${ARCH:-aarch64}
rm -rf build
python -m pip install --quiet --target build --python-version 3.13 --only-binary :all: \
  --platform "manylinux_2_28_$arch" --platform "manylinux2014_$arch" --requirement "$app/requirements.txt"
cp "$app"/*.py build
python -m lambda_http_adapter wrapper build/bootstrap
# Lambda can't write bytecode to /var/task: without this, every cold start compiles all modules again.
python3.13 -m compileall -q build
