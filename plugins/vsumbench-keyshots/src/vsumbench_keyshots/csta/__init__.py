"""CSTA: a CNN over the matrix of frame features as attention over time and features."""
