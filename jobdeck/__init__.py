"""What programs import of Jobdeck; the server itself is `app`. Nothing else lives here.

`jobdeck.client` calls the API from any machine. It knows nothing of the server, and needs httpx and pydantic.
"""
