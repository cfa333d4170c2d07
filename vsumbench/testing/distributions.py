"""Installed distributions for tests: real metadata folders and modules, without running an installer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def write_distribution(
    folder: Path,
    name: str,
    *,
    entry_points: Mapping[str, Mapping[str, str]],
    modules: Mapping[str, str],
    version: str = "1.0",
) -> Path:
    """Put a distribution into `folder` as an installer would leave it; the folder then belongs on `sys.path`.

    Args:
        folder: takes the place of `site-packages`; made if it is not there.
        name: the distribution's name.
        entry_points: group → name → `module:attribute`.
        modules: module name → source; dots make packages.
        version: its version.

    Returns:
        The `.dist-info` folder.
    """
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    files = {f"{info.name}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"}
    files[f"{info.name}/INSTALLER"] = "test\n"
    sections = (
        f"[{group}]\n" + "".join(f"{key} = {target}\n" for key, target in points.items())
        for group, points in entry_points.items()
    )
    files[f"{info.name}/entry_points.txt"] = "\n".join(sections)
    for module, source in modules.items():
        *packages, stem = module.split(".")
        for depth in range(1, len(packages) + 1):
            files.setdefault("/".join([*packages[:depth], "__init__.py"]), "")
        files["/".join([*packages, f"{stem}.py"])] = source
    for relative, text in files.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    record = "".join(f"{relative},,\n" for relative in files) + f"{info.name}/RECORD,,\n"
    (info / "RECORD").write_text(record, encoding="utf-8")
    return info


def model_module(identifier: str, *, attribute: str = "SPEC", body: str = "") -> str:
    """Source of a module that declares a minimal model spec under `attribute`, followed by `body`."""
    return (
        "from vsumbench.contracts import ModelSpec, Task\n\n"
        f"{attribute} = ModelSpec(\n"
        f"    id={identifier!r},\n"
        f"    title={f'Test model {identifier}'!r},\n"
        "    tasks=(Task.V2V,),\n"
        f"    implementation={f'{identifier}_missing:Model'!r},\n"
        ")\n" + body
    )
