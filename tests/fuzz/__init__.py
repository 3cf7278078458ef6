"""Fuzzers: `python -m tests.fuzz KIND SECONDS` tries mutated pictures, videos, networks or messages, one by one.

A kind is a file here with `corpus()`, small inputs that are well-formed, `mutate(data, rng)`, and `right(data)`:
whether one is read or refused as it should be; what it raises is a fault. Inputs that are faults are kept in a folder,
with what was raised.
"""
