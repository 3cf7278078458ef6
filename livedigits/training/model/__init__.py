"""The network and the small models around it: built, fitted, calibrated, exported.

Handed in are crops with labels. Out come a .tflite file, its model card, and the prefilter's and the rescoring's terms.
It may import from training.dataset, training.synthesis, recognition and sources.
"""
