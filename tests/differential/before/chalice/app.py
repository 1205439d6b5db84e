from chalice import Chalice, NotFoundError, Response

app = Chalice(app_name="shop")


@app.route("/items/{number}")
def item(number):
    if number == "0":
        raise NotFoundError("no item 0")
    query = app.current_request.query_params or {}
    return {"id": int(number), "color": query.get("color", "any")}


@app.route("/items", methods=["POST"])
def create():
    return Response(app.current_request.json_body, status_code=201)


@app.on_sqs_message(queue="orders")
def ship(event):
    for record in event:
        print("shipped", record.body)
