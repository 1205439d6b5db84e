"""A FastAPI app, whose /docs ask for /openapi.json."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/items")
def items() -> list[str]:
    return ["a"]
