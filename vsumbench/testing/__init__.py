"""Public help for tests: of plugins, and of the host that loads them."""
