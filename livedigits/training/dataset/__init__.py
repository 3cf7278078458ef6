"""What the network learns from: crops with labels, from scenes, drawings and data sets.

Handed in are files of a data set, and scenes. Out come arrays of crops and labels, for training and held out. It may
import from training.synthesis, recognition and sources.
"""
