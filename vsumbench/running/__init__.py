"""Runs: request → plan → folds → fit, summarize, score → sealed record, resumable at any instant."""
