"""The paragraph: what is learned, how it is written, and which words tell of which segment."""
