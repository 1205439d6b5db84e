"""What ``doctor`` can say about a bundle: a sentence, a remedy and a reason for each kind of finding.

``template_catalogue`` has the kinds of findings in a template. ``docs/doctor.md`` shows both as tables.
"""

from __future__ import annotations

import shlex

from .finding import Finding, Kind, in_code
from .template_catalogue import TEMPLATE_KINDS

_BUILD = "Build the bundle with `lambda-http-adapter build --python {python} --arch {architecture}`"

BUNDLE_KINDS = {
    "bundle-unreadable": Kind(
        "error",
        "{bundle!r} can't be read: {reason}.",
        "Make it again, and upload it only when this command reads it.",
        "Lambda refuses an archive that it can't unpack.",
    ),
    "unsafe-path": Kind(
        "error",
        "{names} would be unpacked outside of the bundle.",
        "Make the archive from inside the bundle's directory, with relative names and slashes.",
        "Such names are errors of the tool that made the archive, or an attack.",
    ),
    "link-outside": Kind(
        "error",
        "{path!r} is a link to {target!r}, which is not part of the bundle.",
        "Copy the file in its place: `cp -L`, or `zip` without `-y`.",
        "On Lambda nothing is at the other end.",
    ),
    "size-unzipped": Kind(
        "error",
        "Unzipped it is {size}, layers included, and Lambda accepts {limit}. The largest parts: {largest}.",
        "Leave out what the function doesn't import, or deploy a container image, which may have 10 GB.",
        "Lambda refuses the upload. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    ),
    "size-upload": Kind(
        "warning",
        "The zip file is {size}, and an upload without S3 accepts 50 MB. The largest parts: {largest}.",
        "Upload it to S3 first, as SAM, CDK and Terraform with `s3_bucket` do, or leave out what isn't imported.",
        "`aws lambda update-function-code --zip-file` and the console refuse it.",
    ),
    "size-image": Kind(
        "error",
        "Unpacked the image is {size}, and Lambda accepts {limit}. The largest parts: {largest}.",
        "Build it in stages, and copy only what the function imports into the last one.",
        "Lambda refuses the image. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    ),
    "not-readable": Kind(
        "error",
        "{count} can't be read by everybody: {names}.",
        "Run `chmod -R a+rX DIR` before it is packed; Python's `ZipFile.writestr` needs a ZipInfo with a mode.",
        "Lambda runs a function as a user who doesn't own its files.",
    ),
    "binary-architecture": Kind(
        "error",
        "{owner!r} is compiled for {machine}, and the function runs on {architecture}: {names}.",
        f"{_BUILD}, or install it with `pip install --platform manylinux2014_{{wanted}} --python-version {{python}} "
        "--only-binary=:all: --target DIR {owner}`; or change the architecture.",
        "The import fails: cannot open shared object file, or wrong ELF class.",
    ),
    "binary-python": Kind(
        "error",
        "{owner!r} is compiled for Python {built}, and the function runs on Python {python}: {names}.",
        f"{_BUILD}, or install it with `pip install --platform manylinux2014_{{wanted}} --python-version {{python}} "
        "--only-binary=:all: --target DIR {owner}`.",
        "Python doesn't see extension modules of another version: No module named …",
    ),
    "binary-system": Kind(
        "error",
        "{owner!r} is compiled for {system}, and {wanted_system}: {names}.",
        "Install it with `pip install --platform manylinux2014_{wanted} --only-binary=:all: --target DIR {owner}`.",
        "pip installs for the machine that it runs on.",
    ),
    "binary-glibc": Kind(
        "error",
        "{owner!r} needs glibc {needed}, and {runtime} has {has}: {names}.",
        "Install a wheel for an older glibc (`--platform manylinux2014_{wanted}`), take a newer runtime, or build in "
        "an image of the runtime.",
        "The import fails: version `GLIBC_…' not found.",
    ),
    "wheel-tag": Kind(
        "error",
        "{owner!r} was installed from a wheel for {tags}, and the function runs on Python {python}, {architecture}.",
        f"{_BUILD}, or install it with `pip install --platform manylinux2014_{{wanted}} --python-version {{python}} "
        "--only-binary=:all: --target DIR {owner}`.",
        "The wheel's tags are promises about Python and machine.",
    ),
    "bytecode-missing": Kind(
        "warning",
        "{count} of {total} modules have no bytecode for Python {python}, and each cold start compiles those that it "
        "imports: up to {cost} ms. The largest parts: {largest}.",
        "Build it with `lambda-http-adapter build`, or run `python{python} -m compileall -q --invalidation-mode "
        "unchecked-hash DIR` before the directory is packed.",
        "The function's directory is read-only on Lambda, so that Python can't keep what it has compiled.",
    ),
    "bytecode-stale": Kind(
        "warning",
        "The bytecode of {count} doesn't fit its source, so that each cold start compiles it again: {names}.",
        "Compile after the last change, with `--invalidation-mode unchecked-hash`: it doesn't depend on the times in "
        "a zip file.",
        "Python compares the time and size, or the hash, in a `.pyc` with the source.",
    ),
    "bytecode-outdated": Kind(
        "error",
        "{count} changed after the compilation, and Python runs the old bytecode: {names}.",
        "Compile again: `python{python} -m compileall -q -f --invalidation-mode unchecked-hash DIR`.",
        "An unchecked `.pyc` is run whatever its source says.",
    ),
    "bytecode-unusable": Kind(
        "error",
        "{count} of bytecode without a source can't be run by Python {python}: {names}.",
        "Put the sources in, or compile with Python {python}.",
        "The import fails: bad magic number.",
    ),
    "bytecode-foreign": Kind(
        "hint",
        "Python {python} never reads {count} of bytecode ({size}) that other versions have made: {names}.",
        "Delete them: `find DIR -name '*.pyc' ! -name '*.cpython-{digits}.pyc' -delete`.",
        "They are uploaded and unpacked, but never read.",
    ),
    "wrapper-missing": Kind(
        "error",
        "AWS_LAMBDA_EXEC_WRAPPER is {value!r}, and the bundle has no {path!r}.{near}",
        "Write it with `lambda-http-adapter wrapper {path}`, or correct the variable.",
        "Lambda can't start the function: Runtime.ExitError, or no such file or directory.",
    ),
    "wrapper-elsewhere": Kind(
        "error",
        "AWS_LAMBDA_EXEC_WRAPPER is {value!r}, which is no path in /var/task or /opt.",
        "Set it to the absolute path: /var/task/{name}.",
        "Lambda unpacks a bundle to /var/task and layers to /opt.",
    ),
    "wrapper-not-executable": Kind(
        "error",
        "{path!r} isn't executable (mode {mode}).",
        "Run `chmod 755 {path}` before it is packed. On Windows pack it in WSL or with a tool that sets the mode.",
        "Lambda can't start the function: permission denied.",
    ),
    "wrapper-line-ends": Kind(
        "error",
        "{path!r} has the line ends of Windows (CRLF).",
        "Write it with `lambda-http-adapter wrapper {path}`; `{path} text eol=lf` in .gitattributes keeps it so.",
        "Linux looks for an interpreter whose name ends in a carriage return: no such file or directory.",
    ),
    "wrapper-no-interpreter": Kind(
        "error",
        "{path!r} doesn't begin with `#!` and the path of a program, such as `#!/bin/sh`.",
        "Write it with `lambda-http-adapter wrapper {path}`.",
        "Lambda starts it as a program, not in a shell: exec format error.",
    ),
    "adapter-missing": Kind(
        "error",
        "{starter} starts lambda_http_adapter, which is not in the bundle.",
        "Add lambda-http-adapter to the requirements, and install them into the bundle.",
        "The function doesn't start: No module named lambda_http_adapter.",
    ),
    "module-missing": Kind(
        "error",
        "The handler is {handler!r}, and there is no module {module!r} in the bundle.{near}",
        "Correct the handler, or put the module's file in the bundle, at its top.",
        "Runtime.ImportModuleError at each start.",
    ),
    "attribute-missing": Kind(
        "error",
        "The handler is {handler!r}, and {module!r} has no attribute {attribute!r}.{near}",
        "Correct the handler.",
        "Runtime.HandlerNotFound at each start.",
    ),
    "import-fails": Kind(
        "error",
        "Importing {handler!r} raises {error}{place}.",
        "{cause}",
        "The same happens at each start of the function.",
    ),
    "import-ends": Kind(
        "error",
        "Importing {handler!r} ends the process with {ending}.",
        "Start it with `lambda-http-adapter dev {handler}` to see where.",
        "Runtime.ExitError at each start.",
    ),
    "import-slow": Kind(
        "warning",
        "Importing {handler!r} takes more than {limit} s here.",
        "Import less (`--import-times` on a faster machine shows what), give the function more memory, or set "
        "LAMBDA_HTTP_ADAPTER_ASYNC_INIT=true.",
        "Lambda ends an init phase after 10 s and begins again with the first invocation.",
    ),
    "import-connects": Kind(
        "warning",
        "Importing {handler!r} connects to {address}, which this command doesn't allow.",
        "Connect in the app's startup, or at the first request.",
        "A cold start waits for the other end, and a snapshot (SnapStart) would keep the connection.",
    ),
    "handler-is-app": Kind(
        "error",
        "The handler is {handler!r}, {kind} app, and AWS's runtime would call it with an event and a context.",
        "Set AWS_LAMBDA_EXEC_WRAPPER to a script of `lambda-http-adapter wrapper`, or make a handler of the app: "
        "`handler = {function}(app)`.",
        "Each invocation fails with a TypeError.",
    ),
    "handler-is-request-handler": Kind(
        "error",
        "The handler is {handler!r}, a function of a request, and AWS's runtime would call it with an event.",
        "Set AWS_LAMBDA_EXEC_WRAPPER to a script of `lambda-http-adapter wrapper`, or name an `http_handler`.",
        "Each invocation fails with a TypeError.",
    ),
    "handler-form": Kind(
        "error",
        "The handler is {handler!r}, and AWS's runtime expects a module and a name with a dot between them.",
        "Set it to {wanted!r}.",
        "Runtime.MalformedHandlerName at each start.",
    ),
    "wrapper-on-handler": Kind(
        "warning",
        "AWS_LAMBDA_EXEC_WRAPPER is set, and the handler {handler!r} is what {function} returned, not the app.",
        "Name the app as the handler, such as 'main.app', or remove the wrapper.",
        "A handler's response is buffered, so that nothing is streamed, and SIGTERM doesn't end the app's lifespan.",
    ),
    "entry-point-not-app": Kind(
        "error",
        "The handler is {handler!r}, {found}, and neither an app nor a handler.",
        "Name an object that is called with an event or a request.",
        "Runtime.HandlerNotFound at each start.",
    ),
    "secret-file": Kind(
        "error",
        "{path!r} is {what}.",
        "Leave it out of the bundle, and change the secret if the bundle has left this machine. Lambda gets secrets "
        "from its role, Secrets Manager or the Parameter Store.",
        "Everybody with access to the function's code can read it.",
    ),
    "secret-settings": Kind(
        "warning",
        "{path!r} is {what}.",
        "Leave it out of the bundle; set the function's environment variables instead.",
        "Such files are made for a developer's machine, and often have passwords in them.",
    ),
    "secret-text": Kind(
        "error",
        "{path!r} has {what} in line {line}.",
        "Delete it and make it invalid. Lambda gets credentials from the function's role.",
        "Everybody with access to the function's code can use it.",
    ),
}

KINDS = {**BUNDLE_KINDS, **TEMPLATE_KINDS}


def finding(id: str, where: str = "", **values: object) -> Finding:
    """The finding with this id, its sentences filled in with ``values``."""
    kind = KINDS[id]
    return Finding(id, kind.severity, where, kind.sentence.format(**values), _filled(kind.remedy, values))


def _filled(text: str, values: dict[str, object]) -> str:
    """In a command, the values are quoted for a shell: a file's name may be a command too."""
    quoted = {name: shlex.quote(str(value)) for name, value in values.items()}
    return in_code(text, lambda part: part.format(**quoted), lambda part: part.format(**values))
