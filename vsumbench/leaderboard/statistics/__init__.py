"""Statistics of boards: arrays in, arrays out. No files, no state; randomness only from a generator given."""
