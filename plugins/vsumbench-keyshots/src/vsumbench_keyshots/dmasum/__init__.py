"""DMASum: mixtures of attention, local and global, learned by a rule of one step within a step."""
