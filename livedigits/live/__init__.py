"""The loop that reads a source frame by frame, and the window that shows it.

Handed in are a source, what reads its frames, and sinks. Out comes a summary of what was read. It may import from
outputs, annotate, recognition and sources.
"""
