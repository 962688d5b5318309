"""``anymood info``: a description of a model."""

from typing import TYPE_CHECKING

from anymood.cli import terminal
from anymood.cli.options import Json, ModelOption
from anymood.wording import short_label

if TYPE_CHECKING:
    from anymood.runtime.bundle import Bundle


def info(
    model: ModelOption = "sentiment",
    /,
    *,
    json: Json = False,
) -> None:
    """Describe a model (labels, preparation, calibration, versions, files) and the engine that runs it.

    Verifies the hash of every file.
    """
    from anymood.runtime.bundle import Bundle
    from anymood.runtime.engines.registry import choose_engine, in_8_bits, precision
    from anymood.runtime.finding import find_bundle

    bundle = Bundle.open(find_bundle(model))
    engine = choose_engine(graphs=bundle.graphs)
    sizes = {name: bundle.path(name).stat().st_size for name in bundle.config.files}
    if json:
        config = bundle.config.to_dict()
        facts: dict[str, object] = {name: getattr(engine, name) for name in ("name", "version", "precision")}
        facts["in_8_bits"] = in_8_bits(bundle.graphs)
        terminal.print_json(
            {"folder": str(bundle.folder.resolve()), **config, "sizes": sizes, "verified": True, "engine": facts}
        )
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    engine_fact = f"{engine.name} {engine.version}, {precision(engine, bundle.graphs)}"
    for name, value in (_facts(bundle, sizes) | {"engine": engine_fact}).items():
        if value:
            table.add_row(name, Text(value))
    terminal.console().print(table)


def _facts(bundle: "Bundle", sizes: dict[str, int]) -> dict[str, str]:
    config = bundle.config
    image = config.image
    numbers = {name: ", ".join(f"{value:.4f}" for value in getattr(image, name)) for name in ("mean", "std")}
    temperatures = config.temperatures
    files = "\n".join(f"{name}  {_size(size)}" for name, size in sorted(sizes.items()))
    architecture = ", ".join(
        f"{name} {value}" for name, value in config.architecture.items() if not isinstance(value, dict)
    )
    return {
        "name": config.name,
        "description": config.description,
        "labels": ", ".join(map(short_label, config.labels)),
        "image": f"resized to {image.resize} pixels on the short side ({image.interpolation}), "
        f"centre crop of {image.side} x {image.side}\n"
        f"mean {numbers['mean']}; deviation {numbers['std']}",
        "text": f"up to {bundle.text_preparation().max_tokens} tokens",
        "temperatures": f"fused {temperatures.fused:.3f}, text {temperatures.text:.3f}, image {temperatures.image:.3f}",
        "trained": ", ".join(config.trained),
        "prior": ", ".join(f"{short_label(label)} {share:.3f}" for label, share in config.prior.items()),
        "architecture": architecture,
        "created": f"{config.created or 'at an unknown time'}, by anymood {config.anymood_version}",
        "versions": ", ".join(f"{name} {version}" for name, version in config.versions.items()),
        "folder": str(bundle.folder.resolve()),
        "files": f"{files}\n{_size(sum(sizes.values()))} in all; all hashes match",
    }


def _size(size: int) -> str:
    return f"{size / 1e6:,.2f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} KB"
