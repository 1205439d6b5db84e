"""The site as its guests and its operator use it, behind the front doors of Lambda: `python manage.py test`."""

# ruff: noqa: PT009, PT027 - the assertions of Django's own test runner

import httpx
from django.core.management import CommandError
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import TestCase
from django.utils.module_loading import import_string

from lambda_http_adapter.testing import FrontDoor, LambdaTransport

from .models import Entry

FRONT_DOORS: list[FrontDoor] = ["function-url", "http-api", "rest", "alb"]
SITE = "https://testserver"

handler = import_string("project.wsgi.handler")


def client(origin: FrontDoor = "function-url") -> httpx.Client:
    return httpx.Client(transport=LambdaTransport(get_wsgi_application(), origin), base_url=SITE)


def sign(guest: httpx.Client, **fields: str) -> httpx.Response:
    """As a browser does: the form's token, and the header Origin."""
    guest.get("/")
    token = guest.cookies["csrftoken"]
    return guest.post("/", data={**fields, "csrfmiddlewaretoken": token}, headers={"Origin": SITE})


class GuestbookTest(TestCase):
    def test_a_guest_signs(self) -> None:
        for origin in FRONT_DOORS:
            with self.subTest(origin), client(origin) as guest:
                signed = sign(guest, name="Inês", text=f"behind {origin} ☕")
                self.assertEqual((signed.status_code, signed.headers["location"]), (302, "/"))
                page = guest.get("/").text
                self.assertIn(f"behind {origin} ☕", page)
                self.assertIn('value="Inês"', page)  # from the session

    def test_a_form_of_another_site_is_refused(self) -> None:
        with client() as guest:
            guest.get("/")
            fields = {"name": "Eve", "text": "hello", "csrfmiddlewaretoken": guest.cookies["csrftoken"]}
            refused = [
                guest.post("/", data=fields, headers={"Origin": "https://evil.example"}),
                guest.post("/", data={"name": "Eve", "text": "hello"}, headers={"Origin": SITE}),
            ]
        self.assertEqual([response.status_code for response in refused], [403, 403])
        self.assertFalse(Entry.objects.exists())

    def test_an_entry_without_a_name_is_refused(self) -> None:
        with client() as guest:
            refused = sign(guest, text="hello")
        self.assertEqual(refused.status_code, 422)
        self.assertIn("This field is required", refused.text)

    def test_the_entries_as_a_file(self) -> None:
        entry = Entry.objects.create(name="Lu", text='two\nlines, "quoted" ☕')
        with client("alb") as guest:
            file = guest.get("/guestbook.csv")
        self.assertEqual(file.headers["content-disposition"], 'attachment; filename="guestbook.csv"')
        row = f'{entry.written.isoformat()},Lu,"two\nlines, ""quoted"" ☕"\r\n'
        self.assertEqual(file.text, f"written,name,text\r\n{row}")

    def test_the_admin_asks_for_a_login(self) -> None:
        with client() as guest:
            answer = guest.get("/admin/")
        self.assertEqual(answer.headers["location"], "/admin/login/?next=/admin/")

    def test_http_is_redirected_once(self) -> None:
        redirecting = self.settings(SECURE_SSL_REDIRECT=True)
        for origin in FRONT_DOORS:
            with self.subTest(origin), redirecting, client(origin) as guest:
                self.assertEqual(guest.get("/").status_code, 200)
        with redirecting, client("alb") as guest:
            redirect = guest.get("http://testserver/?a=1")
        self.assertEqual((redirect.status_code, redirect.headers["location"]), (301, "https://testserver/?a=1"))


class OperatorTest(TestCase):
    def test_a_command_returns_its_output(self) -> None:
        output = handler({"manage": ["showmigrations", "guestbook"]}, None)
        self.assertEqual(output, {"output": "guestbook\n [X] 0001_initial\n"})

    def test_a_failing_command_fails_the_invocation(self) -> None:
        for arguments, message in [
            (["migrate", "nowhere"], "manage.py migrate failed: No installed app with label 'nowhere'"),
            (["check", "--tag", "nothing"], 'There is no system check with the "nothing" tag'),
            (["shell", "-c", "print(1)"], "manage.py 'shell' can't be run by an event; expected one of check, "),
            ([], "manage.py '' can't be run"),
        ]:
            with self.subTest(arguments), self.assertRaisesRegex(CommandError, message):
                handler({"manage": arguments}, None)

    def test_a_command_that_exits_fails_the_invocation(self) -> None:
        MigrationRecorder(connection).record_unapplied("guestbook", "0001_initial")
        with self.assertRaisesRegex(CommandError, "migrate failed: 1\nPlanned operations:\nguestbook.0001_initial"):
            handler({"manage": ["migrate", "--plan", "--check"]}, None)

    def test_another_event_fails_the_invocation(self) -> None:
        for event in [{}, {"manage": "migrate"}, {"Records": []}]:
            with self.subTest(event), self.assertRaisesRegex(Exception, "The event doesn't fit Event"):
                handler(event, None)

    def test_no_request_runs_a_command(self) -> None:
        event = {"manage": ["migrate", "guestbook", "zero"]}
        for origin in FRONT_DOORS:
            with self.subTest(origin), client(origin) as guest:
                for path in ("/", "/events", "/2015-03-31/functions/dev/invocations"):
                    self.assertIn(guest.post(path, json=event).status_code, (403, 404))
        self.assertFalse(Entry.objects.exists())  # the table is there
