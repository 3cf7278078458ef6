"""What is drawn on a frame: boxes, labels, underlined numbers, and what the network saw.

Handed in are a frame and its Digits. Out comes the annotated frame. It may import from recognition and sources.
"""
