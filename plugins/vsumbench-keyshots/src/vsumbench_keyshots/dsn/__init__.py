"""DSN: a policy that picks steps, rewarded for picks that differ and that represent the video."""
