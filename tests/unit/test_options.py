"""Option composition: order, origins, validation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from vsumbench.config.options import compose_options, read_mapping
from vsumbench.contracts import ModelSpec, Preset, Task, Variant
from vsumbench.errors import DataMissingError, OptionValueError, UnknownOptionError, UsageError


@dataclass(frozen=True)
class Options:
    rate: float = 0.1
    epochs: int = 3
    heads: tuple[int, ...] = (1, 2)
    name: str | None = None
    flag: bool = False


SPEC = ModelSpec(id="m", title="M", tasks=(Task.V2V,), implementation="m:M", options=Options)
VARIANT = Variant(id="wide", options={"epochs": 5, "rate": 0.2})
PRESET = Preset(id="tiny", options={"rate": 0.3})


def test_a_later_source_wins_and_every_value_knows_its_origin(tmp_path: Path) -> None:
    file = tmp_path / "options.yaml"
    file.write_text("rate: 1e-4\n")
    composed = compose_options(SPEC, variant=VARIANT, preset=PRESET, file=file, overrides=["epochs=7"])
    assert composed.options == Options(rate=1e-4, epochs=7)
    assert composed.origins["rate"] == f"file {file}"
    assert composed.origins["epochs"] == "--set epochs=7"
    assert composed.origins["heads"] == "default"
    assert composed.values == {"epochs": 7, "flag": False, "heads": [1, 2], "name": None, "rate": 1e-4}


def test_a_preset_goes_before_a_variant() -> None:
    assert compose_options(SPEC, variant=VARIANT, preset=PRESET).options == Options(rate=0.3, epochs=5)


@pytest.mark.parametrize(
    ("override", "field", "value"),
    [
        ("rate=1e-3", "rate", 1e-3),
        ("heads=[4, 5]", "heads", (4, 5)),
        ("name=06", "name", "06"),
        ("name=null", "name", None),
        ("flag=no", "flag", False),
        ("flag=true", "flag", True),
        ("epochs=1_000", "epochs", 1000),
    ],
)
def test_text_is_read_by_the_options_type(override: str, field: str, value: object) -> None:
    assert getattr(compose_options(SPEC, overrides=[override]).options, field) == value


def test_a_value_of_the_wrong_type_names_option_value_and_origin() -> None:
    with pytest.raises(OptionValueError, match=r"option epochs = 'many' \(--set epochs=many of model 'm'\)"):
        compose_options(SPEC, overrides=["epochs=many"])


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(UnknownOptionError, match=r"'epoch' is not known\. Did you mean 'epochs'\?"):
        compose_options(SPEC, overrides=["epoch=1"])


@pytest.mark.parametrize("override", ["rate", "=3", "heads=[1,"])
def test_an_override_that_cannot_be_read_is_refused(override: str) -> None:
    with pytest.raises(UsageError):
        compose_options(SPEC, overrides=[override])


def test_a_file_that_is_not_there_or_no_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError):
        read_mapping(tmp_path / "none.yaml")
    for text in ("- 1\n", "1: 2\n", "a: [1\n", "!!python/object/apply:os.getcwd []\n"):
        file = tmp_path / "bad.yaml"
        file.write_text(text)
        with pytest.raises(UsageError):
            read_mapping(file)
