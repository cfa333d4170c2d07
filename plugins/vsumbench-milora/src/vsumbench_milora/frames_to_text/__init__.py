"""`frames-to-text[MODEL]`: what a model selects, told in captions of the selected frames."""
