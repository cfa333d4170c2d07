"""VidSummarize: a plain transformer encoder over the steps of a video."""
