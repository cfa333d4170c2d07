"""OVP: 50 videos that others train on."""
