"""MiLoRA-ViSum and the Video-LLaMA it adapts, as plugins of vsumbench."""
