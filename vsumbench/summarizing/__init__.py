"""A user's own video, summarized: shots, a model's scores, a cut under a budget, and what one can look at."""
