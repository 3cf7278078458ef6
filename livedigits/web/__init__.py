"""The page: a server for drawings, cameras and files, on Starlette, and the page's static files."""
