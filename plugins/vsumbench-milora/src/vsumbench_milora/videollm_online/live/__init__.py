"""The network itself: frame encoder, connector, language model, and what they read."""
