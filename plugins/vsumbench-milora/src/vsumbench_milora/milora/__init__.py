"""MiLoRA-ViSum: mixtures of low-rank experts in the temporal and spatial layers of a frozen Video-LLaMA."""
