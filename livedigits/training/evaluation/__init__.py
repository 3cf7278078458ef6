"""How well a network reads: figures, corruptions, plots, and a report as a page.

Handed in are a network and crops with labels. Out come measures, pictures and an HTML page. It may import from
training.model, training.dataset, training.synthesis, recognition and sources.
"""
