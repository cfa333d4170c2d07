"""Option composition: defaults < variant < preset < file < --set, each value with its origin."""
