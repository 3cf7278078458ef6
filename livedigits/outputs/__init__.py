"""Where results go: JSON lines, lists of events, annotated videos and pictures, recordings, a view over HTTP.

Handed in are frames with their Digits, and the paths or addresses that a user named. Out come files that are whole or
not there, and streams. It may import from annotate, recognition and sources.
"""
