"""``anymood serve``: predictions over HTTP, and a web page."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from anymood.cli import terminal
from anymood.cli.options import EngineOption, NameOrPath, PriorOption, Threads, load_model
from anymood.errors import SettingError, optional_dependency
from anymood.service.limits import Limits
from anymood.wording import plural


def serve(
    *models: Annotated[
        NameOrPath,
        Parameter(
            help="Models to serve: names of bundled models, or folders of bundles or runs. The first one is the "
            "default; 'sentiment' if none is given."
        ),
    ],
    host: Annotated[str, Parameter(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="Port to listen on; 0 for any free port.")] = 8000,
    threads: Threads = None,
    engine: EngineOption = None,
    prior: PriorOption = None,
    api_keys: Annotated[
        Path | None, Parameter(help="File with API keys, one per line; without it, no key is required.")
    ] = None,
    origin: Annotated[
        tuple[str, ...],
        Parameter(
            negative=(),
            show_default=False,
            help="Origins whose pages may send requests, such as https://example.org; none by default.",
        ),
    ] = (),
    limits: Annotated[Limits | None, Parameter(name="*", group="Limits")] = None,
) -> None:
    """Serve predictions over HTTP, with a web page. Needs: pip install 'anymood[serve]'.

    Ctrl-C or SIGTERM stops the service after the requests in progress are answered.
    """
    limits = limits or Limits()
    with optional_dependency("Serving", "serve"):
        from anymood.service import server
        from anymood.service.app import create_app
        from anymood.service.security import Keys, read_keys
    from anymood.runtime.cores import chosen_cores

    for site in origin:
        if not re.fullmatch(r"https?://[^/\s]+", site):  # otherwise it would never match the header of a browser
            raise SettingError(
                f"{site!r} is not an origin. Give scheme and host only, such as --origin https://example.org"
            )
    cores = chosen_cores(threads)
    loaded = [load_model(model, threads=1, engine=engine, prior=prior) for model in models or ("sentiment",)]
    named = {model.name: model for model in loaded}
    if len(named) < len(loaded):
        names = ", ".join(model.name for model in loaded)
        raise SettingError(
            f"Two models have the same name: {names}. Serve each model once, or train with another --name."
        )
    keys = Keys() if api_keys is None else read_keys(api_keys)
    callers = loaded[0].callers(cores)
    app = create_app(named, threads=callers, limits=limits, keys=keys, origins=origin)
    bound = server.listen(host, port)

    def started() -> None:
        shown = f"[{host}]" if ":" in host else host
        terminal.note(f"Serving on http://{shown}:{bound.getsockname()[1]}")
        if not keys and not ip_address(bound.getsockname()[0]).is_loopback:
            terminal.note("No authentication. Use --api-keys to require a key.")

    def ending(requests: int) -> None:
        terminal.note(f"Waiting for {plural(requests, 'request')} in progress. Press Ctrl-C again to end now.")

    server.run(app, bound, limits, started, ending)
