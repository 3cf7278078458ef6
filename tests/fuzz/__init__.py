"""Fuzzers: `python -m tests.fuzz.pictures SECONDS` goes on with mutated pictures, seeded by the time or --seed N."""
