"""Sizes in bytes: Lambda's limits, and how a person reads them.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

KB = 1024
MB = 1024 * KB
GB = 1024 * MB

UPLOAD_LIMIT = 50 * MB
"""Of a zip file that isn't uploaded to S3 first."""
UNZIPPED_LIMIT = 250 * MB
"""Layers included."""
IMAGE_LIMIT = 10 * GB


def size_text(size: float) -> str:
    """A size in the unit that a person would use."""
    for factor, unit in ((GB, "GB"), (MB, "MB"), (KB, "KB")):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size:.0f} bytes"
