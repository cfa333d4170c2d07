"""SumGraph: a graph of steps, refined recursively, and graph convolutions over it."""
