"""The training engine, which plugins opt into: `loop.train` with a `recipe.Recipe`.

What imports torch: `loop`, `loss`, `gradients`, `state`, `checkpoints` and `acceleration`. What does not, so
that a spec's options can use it: `recipe`, `schedule`, `division`, `course` and `selection`.
"""
