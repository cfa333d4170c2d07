"""Feature extractors: networks over frames, and loaders of given feature files."""
