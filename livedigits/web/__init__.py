"""The page: a server for drawings, cameras and files, on Starlette, and the page's static files.

Handed in are HTTP requests and WebSocket messages. Out come Digits as JSON and annotated frames. It may import from
live, diagnostics, outputs, annotate, recognition and sources.
"""
