"""DSNet: intervals of interest, from anchors (`dsnet-ab`) or from every step by itself (`dsnet-af`)."""
