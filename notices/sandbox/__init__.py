"""Stand-in providers for demos and tests: a small HTTP server that answers like Zalo and eSMS do, calls our
webhooks back, and shows a wall of phones in the browser. Nothing leaves the machine.

Pure asyncio: nothing of Django, no models, nothing of the adapters it answers. `server.running()` starts one
inside a test, `manage.py sandbox` one for a demo; `client.SandboxClient` talks to either.
"""
