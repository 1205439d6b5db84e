"""``python -m lambda_http_adapter``."""

from .cli import main

if __name__ == "__main__":
    main()
