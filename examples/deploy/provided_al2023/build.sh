#!/bin/sh
# Makes build/, which template.yaml deploys: a CPython, the packages and the app.
# ARCH=x86_64 builds for the other architecture. CPYTHON=DIRECTORY copies an unpacked CPython 3.13 instead of fetching one.
set -eu
cd "$(dirname "$0")"
ARCH=${ARCH:-aarch64}
rm -rf build
mkdir build
if [ -z "${CPYTHON:-}" ]; then
  uv python install --no-bin --install-dir build/fetched "cpython-3.13-linux-$ARCH-gnu"
  CPYTHON=$(echo build/fetched/cpython-3.13.*)
fi
cp -R "$CPYTHON" build/python
rm -rf build/fetched

uv pip install --quiet --target build --python-version 3.13 --python-platform "$ARCH-manylinux_2_28" --only-binary :all: \
  --requirements ../app/requirements.txt
cp bootstrap ../app/*.py build

# What a function doesn't use of CPython.
cd build/python
rm -rf include share bin/*-config lib/*.a lib/pkgconfig lib/tcl* lib/tk* lib/itcl* lib/thread*
cd lib/python3.13
rm -rf config-3.13* ensurepip idlelib lib2to3 pydoc_data site-packages test tkinter turtle* venv
cd ../../..

# The bytecode is the same for every architecture.
uv run --no-project --python 3.13 python -m compileall -q .
