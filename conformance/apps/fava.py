"""Fava: a website for Beancount's ledgers (Flask)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

REQUIREMENTS = ("fava==1.30.16",)

_LEDGER = """
option "title" "Household é"
option "operating_currency" "EUR"
2026-01-01 open Assets:Bank EUR
2026-01-01 open Income:Salary EUR
2026-01-01 open Expenses:Food EUR
2026-01-02 * "Employer" "Salary" #work ^jan
  Assets:Bank     2000.00 EUR
  Income:Salary
2026-02-03 * "Café" "Coffee & cake"
  Expenses:Food     12.50 EUR
  Assets:Bank
"""


def wsgi(folder: Path, prefix: str) -> object:
    from fava.application import create_app

    (folder / "ledger.beancount").write_text(_LEDGER)
    return create_app([folder / "ledger.beancount"])


def visit(client: httpx.Client) -> None:
    ledger = "/household-%C3%A9"
    for path in (
        "/",
        ledger,
        f"{ledger}/",
        "/missing",
        "/missing/income_statement/",
        "/static/app.js",
        "/static/app.css",
    ):
        client.get(path)
    for report in (
        "income_statement",
        "balance_sheet",
        "trial_balance",
        "journal",
        "query",
        "editor",
        "events",
        "help",
    ):
        client.get(f"{ledger}/{report}/")
        client.head(f"{ledger}/{report}")
    for report in ("holdings", "statistics", "options", "errors", "import", "documents", "commodities", "missing"):
        client.get(f"{ledger}/{report}/?time=2026-01&account=Assets%3A.%2A")
    for method in ("changed", "errors", "ledger_data", "journal", "income_statement", "balance_sheet", "options"):
        client.get(f"{ledger}/api/{method}")
    for method in (
        "payee_accounts?payee=Caf%C3%A9",
        "payee_accounts",
        "context?entry_hash=x",
        "missing",
        "source?filename=x",
    ):
        client.get(f"{ledger}/api/{method}")
    client.get(f"{ledger}/api/query?query_string=select%20account%2C%20sum%28position%29")
    client.get(f"{ledger}/account/Assets:Bank/")
    client.get(
        f"{ledger}/jump?account=Assets", headers={"Referer": f"{client.base_url}household-%C3%A9/journal/?time=2026"}
    )
    client.get(f"{ledger}/download-journal/?time=2026")
    client.get(f"{ledger}/download-query/query_result.csv?query_string=select%20account")
    client.get(f"{ledger}/document/?filename=missing")
    client.put(f"{ledger}/api/format_source", json={"source": '2026-01-01 * "x"\n  Assets:Bank  1 EUR\n'})
    client.put(f"{ledger}/api/add_entries", json={"entries": []})
    client.put(f"{ledger}/api/add_entries", json={"entries": [{"t": "unknown"}]})
    client.put(f"{ledger}/api/add_document", files={"file": ("a.txt", b"x")})
    client.delete(f"{ledger}/api/document?filename=missing")
    client.post(f"{ledger}/api/changed")
