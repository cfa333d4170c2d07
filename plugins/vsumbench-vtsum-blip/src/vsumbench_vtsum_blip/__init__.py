"""VTSUM-BLIP: frame scores and a paragraph from frozen BLIP features; and Frozen-BLIP, its floor."""
