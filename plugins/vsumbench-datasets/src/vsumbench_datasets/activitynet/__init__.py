"""ActivityNet Captions: 14 926 videos, told in timed sentences, validation videos by two people."""
