"""Default plugins, declared as entry points like anybody else's."""
