"""What drew the files in samples/: `python -m samples.making`."""
