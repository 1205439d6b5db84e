from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get("/items/<int:number>")
def item(number):
    return {"id": number, "color": request.args.get("color", "any")}


@app.post("/login")
def login():
    name = request.args["name"]
    response = jsonify(welcome=name)
    response.set_cookie("session", name)
    response.set_cookie("theme", "dark")
    return response
