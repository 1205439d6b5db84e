from fastapi import FastAPI, Response

app = FastAPI()


@app.get("/items/{number}")
def item(number: int, color: str = "any"):
    return {"id": number, "color": color}


@app.post("/login")
def login(name: str, response: Response):
    response.set_cookie("session", name)
    response.set_cookie("theme", "dark")
    return {"welcome": name}
