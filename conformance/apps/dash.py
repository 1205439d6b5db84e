"""Dash: a framework for dashboards, here with one of the smallest (Flask)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

REQUIREMENTS = ("dash==4.4.1",)


def wsgi(folder: Path, prefix: str) -> object:
    from dash import Dash, Input, Output, dcc, html

    (folder / "assets").mkdir()
    (folder / "assets" / "own é.css").write_text("h1 {color: teal}")
    paths = {"routes_pathname_prefix": "/", "requests_pathname_prefix": f"{prefix}/"}
    app = Dash(assets_folder=str(folder / "assets"), **paths)
    app.layout = html.Div([html.H1("Café"), dcc.Input(id="word"), html.P(id="echo"), dcc.Graph(id="graph")])

    app.callback(Output("echo", "children"), Input("word", "value"))(str.upper)
    return app.server


def visit(client: httpx.Client) -> None:
    for path in (
        "/",
        "/_dash-layout",
        "/_dash-dependencies",
        "/_favicon.ico",
        "/assets/own%20%C3%A9.css",
        "/deep/link",
    ):
        client.get(path)
        client.head(path)
    for path in ("/assets/missing.css", "/_reload-hash", "/_dash-component-suites/dash/missing.js", "/_alive_token"):
        client.get(path)
    page = client.get("/").text
    for script in [part.partition('"')[0] for part in page.split('src="')[1:]]:
        client.get("/_dash-component-suites" + script.partition("/_dash-component-suites")[2])
    output = {"id": "echo", "property": "children"}
    inputs = [{"id": "word", "property": "value", "value": "café ☕"}]
    call = {"output": "echo.children", "outputs": output, "inputs": inputs, "changedPropIds": ["word.value"]}
    client.post("/_dash-update-component", json=call)
    client.post("/_dash-update-component", json={**call, "inputs": [{**inputs[0], "value": None}]})
    client.post("/_dash-update-component", json={**call, "output": "missing.children"})
    client.post("/_dash-update-component", content=b"{")
    client.get("/_dash-update-component")
    client.options("/_dash-layout")
