"""The page: a server for drawings, cameras and files, on Starlette, and the page's static files.

Handed in are a reader, HTTP requests and WebSocket messages. Out come results as JSON, and annotated frames. Reading is
done off the event loop (work), within limits that the API states (limits). It may import from live, diagnostics,
outputs, annotate, recognition and sources.
"""
