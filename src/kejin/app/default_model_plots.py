"""Plots of a default model's validation as SVG text: ROC curves, probabilities against rates. Numbers only, words
stand outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any


def _drawn(draw: Any) -> str:
    """The SVG of a figure that `draw(axes)` fills; the same data give the same text."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "kejin", "font.size": 9}):
        figure = Figure(figsize=(4.6, 3.4), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        axes.spines[["top", "right"]].set_visible(False)
        draw(axes)
        text = StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def roc_plot(curves: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """ROC curves: share of others (across) against share of defaults (up); the first one full, others dashed."""

    def draw(axes: Any) -> None:
        axes.plot([0, 1], [0, 1], color="0.75", linewidth=0.8)
        for number, points in enumerate(curves.values()):
            across, up = zip(*points, strict=True)
            axes.plot(across, up, color=("#1f5fa8", "#c2571a")[number % 2], linestyle="--" if number else "-")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)

    return _drawn(draw)


def calibration_plot(groups: Sequence[Sequence[float]]) -> str:
    """Groups of (rows, defaults, expected): mean probability (across) against rate (up), with 95% bars of the rate."""

    def draw(axes: Any) -> None:
        from kejin.credit.few_defaults import jeffreys

        top = 0.0
        for rows, defaults, expected in groups:
            found = jeffreys(int(rows), int(defaults), 0.95)
            across, rate = expected / rows, defaults / rows
            axes.errorbar(
                [across],
                [rate],
                yerr=[[max(rate - found.low, 0)], [max(found.high - rate, 0)]],
                color="#1f5fa8",
                marker="o",
            )
            top = max(top, across, found.high)
        axes.plot([0, top], [0, top], color="0.75", linewidth=0.8)

    return _drawn(draw)


def bars_plot(values: Mapping[str, float]) -> str:
    """Horizontal bars, largest on top, marked by their number in the table beside."""

    def draw(axes: Any) -> None:
        sizes = list(values.values())[::-1]
        axes.barh(range(len(sizes)), sizes, color="#1f5fa8")
        axes.set_yticks(range(len(sizes)), [str(len(sizes) - k) for k in range(len(sizes))])

    return _drawn(draw)
