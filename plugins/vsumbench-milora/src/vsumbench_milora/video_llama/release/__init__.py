"""The released checkpoints of Video-LLaMA: their layout, their names, and their conversion."""
