"""The LLM-caption baseline ("Alam et al."): frames in words, and a model that makes one text of them."""
