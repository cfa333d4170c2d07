"""`color-motion`: colours, their layout, edges and change, a few numbers a frame and no training."""
