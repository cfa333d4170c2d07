"""MSVA: several streams of features through one attention of limited reach, summed."""
