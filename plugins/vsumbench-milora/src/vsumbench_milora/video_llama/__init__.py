"""The vision-language branch of Video-LLaMA: sizes, network, text, frames, checkpoint."""
