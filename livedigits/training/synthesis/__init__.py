"""Frames that never were: handwriting, pens, paper, backgrounds, cameras and motion, all drawn by code.

Handed in are strokes, photos for the background and a random generator. Out come scenes: a frame with the truth about
its digits. It may import from recognition and sources, and from none of its siblings.
"""
