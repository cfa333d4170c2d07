"""What the methods share. `inputs` and `options` are light; the other modules import torch."""
