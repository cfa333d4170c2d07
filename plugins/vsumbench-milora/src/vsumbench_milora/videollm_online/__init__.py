"""VideoLLM-online: a stream of frames, a few tokens each, and a language model that is silent or answers."""
