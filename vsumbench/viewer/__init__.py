"""A page of one video: what annotators and models chose, on one timeline."""
