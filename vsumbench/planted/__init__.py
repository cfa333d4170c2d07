"""The planted world: videos whose salience, annotators and captions are known. Public to plugins.

    script = write_script(TARGET, "v_planted0001")
    script.salience(), simulate(script).ratings, sentences(script), step_features(script)

Everything follows from the mix, the id and the version; nothing is read or written here. Frames are drawn by
`vsumbench.planted.render`, which imports numpy and is therefore not imported here.
"""

from .annotators import Simulated, simulate
from .captions import modal_sentences, sentences
from .features import PLANTED_20, step_features
from .lexicon import words
from .look import LOOK_VERSION
from .script import Scene, VideoScript
from .wide import wide_features
from .world import MIXES, PRETRAINING, TARGET, VERSION, Mix, write_script

__all__ = [
    "LOOK_VERSION",
    "MIXES",
    "PLANTED_20",
    "PRETRAINING",
    "TARGET",
    "VERSION",
    "Mix",
    "Scene",
    "Simulated",
    "VideoScript",
    "modal_sentences",
    "sentences",
    "simulate",
    "step_features",
    "wide_features",
    "words",
    "write_script",
]
