"""What reads: from a BGR frame to the digits on it.

Handed in is one frame after the other, or one picture. Out come Digits: boxes, labels, confidences, tracks, and the
numbers that they form. It may import from sources.
"""
