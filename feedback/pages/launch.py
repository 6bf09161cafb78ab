"""How streamlit is started, with the look of the app: also from an installed package."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

STORE_ARGUMENT = "--store="
LIGHT: Mapping[str, str] = {
    "primaryColor": "#0072B2",
    "backgroundColor": "#FFFFFF",
    "secondaryBackgroundColor": "#F5F7F9",
    "textColor": "#1B2430",
    "borderColor": "#E2E6EB",
    "greenColor": "#009E73",
    "redColor": "#D55E00",
    "orangeColor": "#E69F00",
    "violetColor": "#CC79A7",
    "blueColor": "#56B4E9",
    "greenBackgroundColor": "#DDF3EC",
    "redBackgroundColor": "#FBE6D9",
    "orangeBackgroundColor": "#FCF1D6",
    "violetBackgroundColor": "#F8E9F1",
    "blueBackgroundColor": "#E1F1FB",
    "greenTextColor": "#00624A",
    "redTextColor": "#9C3F00",
    "orangeTextColor": "#7A5200",
    "violetTextColor": "#8A3B66",
    "blueTextColor": "#0F5C8C",
}
DARK: Mapping[str, str] = {
    "primaryColor": "#3AA0DC",
    "backgroundColor": "#10151C",
    "secondaryBackgroundColor": "#19202A",
    "textColor": "#E6EAF0",
    "borderColor": "#2C3644",
    "greenColor": "#009E73",
    "redColor": "#D55E00",
    "orangeColor": "#E69F00",
    "violetColor": "#CC79A7",
    "blueColor": "#56B4E9",
    "greenBackgroundColor": "#0C3A30",
    "redBackgroundColor": "#4A2409",
    "orangeBackgroundColor": "#453207",
    "violetBackgroundColor": "#44263A",
    "blueBackgroundColor": "#153A52",
    "greenTextColor": "#5FDDB8",
    "redTextColor": "#FFA565",
    "orangeTextColor": "#F7C65A",
    "violetTextColor": "#EFAFD0",
    "blueTextColor": "#9AD3F5",
}
OPTIONS: Mapping[str, str] = {
    "server.address": "127.0.0.1",
    "server.headless": "true",
    # Looking for changed source files takes several times as long as showing a page, after each of them.
    "server.fileWatcherType": "none",
    # So does collecting all garbage after each. Python collects it anyway, and `serve` spares it what never is any.
    "runner.postScriptGC": "false",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "viewer",
    "client.showErrorDetails": "none",
    # Its CSV has cells that a spreadsheet runs as formulas; ours, in `downloads.py`, has not.
    "client.disableDataExport": "true",
    "theme.baseRadius": "0.5rem",
    "theme.showWidgetBorder": "true",
    "theme.metricValueFontSize": "1.9rem",
    "theme.headingFontSizes": "1.6rem",
    "theme.paddingTop": "1rem",
    "theme.paddingBottom": "3rem",
    "theme.headingFontWeights": "600",
    **{f"theme.light.{name}": value for name, value in LIGHT.items()},
    **{f"theme.dark.{name}": value for name, value in DARK.items()},
}
"""Everything streamlit is told; `.streamlit/config.toml` says the same for `streamlit run app.py`."""


def streamlit_arguments(store: Path, port: int) -> list[str]:
    """Return the command that opens the app on this machine only.

    Parameters
    ----------
    store
        Folder of the store.
    port
        TCP port on the loopback address.

    Examples
    --------
    >>> command = streamlit_arguments(Path("feedback-store"), 8501)
    >>> command[1:4], command[5], command[-2:]
    (['-m', 'feedback.pages.serve', 'run'], '--server.port=8501', ['--', '--store=feedback-store'])
    """
    flags = [f"--{name}={value}" for name, value in OPTIONS.items()]
    main = Path(__file__).with_name("main.py")
    return [
        sys.executable,
        "-m",
        "feedback.pages.serve",
        "run",
        str(main),
        f"--server.port={port}",
        *flags,
        "--",
        f"{STORE_ARGUMENT}{store}",
    ]


def named_store(arguments: Sequence[str]) -> str | None:
    """Return the folder that the arguments of the script name; null when they name none.

    Examples
    --------
    >>> named_store(["main.py", "--store=logs/store"]), named_store(["main.py"])
    ('logs/store', None)
    """
    return next((one.removeprefix(STORE_ARGUMENT) for one in arguments if one.startswith(STORE_ARGUMENT)), None)
