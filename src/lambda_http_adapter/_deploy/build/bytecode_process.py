"""Run by an interpreter of the bundle's version: compiles sources. It imports nothing of ours.

Reads paths in the directory from standard input, one a line. Prints a line for each: "." or "!" and why it can't be
compiled.
"""

import importlib.util
import os
import py_compile
import sys


def main(directory: str, prefix: str, lean: str) -> None:
    """``lean``: the package that needs no docstrings."""
    for line in sys.stdin:
        name = line.rstrip("\n")
        path = os.path.join(directory, name)
        try:
            # UNCHECKED_HASH: a file on Lambda has another time than here, and a hash would be computed at each start.
            py_compile.compile(
                path,
                cfile=importlib.util.cache_from_source(path, optimization=""),
                dfile=f"{prefix}/{name}",
                doraise=True,
                optimize=2 if f"/{name}".find(f"/{lean}/") in (0, len("/python")) else 0,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        except (py_compile.PyCompileError, ValueError, RecursionError, OSError) as error:
            print("!", str(error).strip().splitlines()[-1], flush=True)
        else:
            print(".", flush=True)


main(*sys.argv[1:])
