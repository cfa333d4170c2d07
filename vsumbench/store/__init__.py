"""What is known: measured runs (an index over sealed records) and reported numbers (facts of papers)."""
