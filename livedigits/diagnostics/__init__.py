"""What tells whether and how fast livedigits works here: the doctor's checks, throughput, latency.

Handed in are a machine, a network and a video. Out come findings with advice, and figures. It may import from
training, outputs, annotate, recognition and sources.
"""
