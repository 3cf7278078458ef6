"""What was learned of a hand: crops with their right labels, and the head that was fitted to them beside the network.

Handed in are corrections: a crop, or a box of a frame, and what it truly shows. Out comes a Profile, a value that does
not change: a correction makes another. It lives in one small file, which readers watch and take between two frames. It
may import from outputs, annotate, recognition and sources.
"""
