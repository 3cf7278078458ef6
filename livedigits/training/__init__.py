"""Training and measuring the network: for `livedigits train` and `livedigits evaluate`, not for the live path.

Handed in are data sets, strokes, backgrounds and a seed. Out come a network with its model card, and a report on it.
It may import from outputs, annotate, recognition and sources. Of its own rooms evaluation may import from model,
dataset and synthesis, model from dataset and synthesis, dataset from synthesis.
"""
