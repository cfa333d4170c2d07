"""PGL-SUM: global and local attention with positional encoding."""
