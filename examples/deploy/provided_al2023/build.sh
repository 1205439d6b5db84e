#!/bin/sh
# Makes build/, which template.yaml deploys: a CPython, the packages and the app.
# ARCH=x86_64 builds for the other architecture. CPYTHON=DIRECTORY copies an unpacked CPython 3.13 instead of fetching one.
set -eu
cd "$(dirname "$0")"
ARCH=${ARCH:-arm64}
rm -rf build
lambda-http-adapter build main:app --app-dir ../app --requirements ../app/requirements.txt --arch "$ARCH" --target build --no-trial
cp bootstrap build # in place of the wrapper

if [ -z "${CPYTHON:-}" ]; then
  machine=$(echo "$ARCH" | sed s/arm64/aarch64/)
  uv python install --no-bin --install-dir build/fetched "cpython-3.13-linux-$machine-gnu"
  CPYTHON=$(echo build/fetched/cpython-3.13.*)
fi
cp -R "$CPYTHON" build/python
rm -rf build/fetched

# What a function doesn't use of CPython.
cd build/python
rm -rf include share bin/*-config lib/*.a lib/pkgconfig lib/tcl* lib/tk* lib/itcl* lib/thread*
cd lib/python3.13
rm -rf config-3.13* ensurepip idlelib lib2to3 pydoc_data site-packages test tkinter turtle* venv
cd ../../..

# The bytecode is the same for every architecture.
uv run --no-project --python 3.13 python -m compileall -q --invalidation-mode unchecked-hash python
