"""The test suites of Starlette, FastAPI, Flask and werkzeug, run through this package's transports."""
