"""Long runs: `python -m tests.long NAME` runs a command for very long, and tells its memory, threads and handles.

A run is a generator in `runs.py`: it starts a command as a user does and yields how far it is, `observed.py` looks at
its process from outside and tells what it holds at the start, in the middle and at the end. Linux only.
"""
