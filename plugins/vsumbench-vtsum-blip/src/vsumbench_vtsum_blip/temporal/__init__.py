"""What happens to the sequence of frame vectors before it is scored and told of."""
