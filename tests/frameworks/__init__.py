"""One small service, written with each framework as its users would. The requests it is asked are in test_frameworks.

GET  /items/{name}?q=…&q=…   the name and every q, as JSON
POST /form                   the fields name and tag (every one) of a urlencoded form, as JSON
POST /upload                 the field title and the file of a multipart form, as JSON
GET  /cookies                the cookie "seen", and two new ones: a=1 and b=2
GET  /home                   303 to /items/home, where the client sees it
GET  /stream                 three chunks
GET  /lambda                 the name of the request's origin
GET  /session                how many times this client has asked
GET  /static/…               the files of static/
GET  /crash                  raises: 500 and "sorry"
anything else                404 and "not here"
"""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
SECRET = "not a secret at all, only long enough to be one"
CHUNKS = ["one\n", "two\n", "three ☕\n"]
