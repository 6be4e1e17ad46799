"""Draws the losses of both trainings as small SVG beside their CSV."""

import argparse
import csv
from pathlib import Path

from losses import LOSSES
from stages import finish

COLOURS = ("#1b6ca8", "#c05621", "#2f855a", "#805ad5")
WIDTH, HEIGHT, LEFT, TOP, ROOM = 640, 220, 46, 26, 24


def smooth(values, width=15):
    """Means over a window, so that kinds of batches do not hide the trend."""
    half = width // 2
    windows = [values[max(0, i - half) : i + half + 1] for i in range(len(values))]
    return [sum(window) / len(window) for window in windows]


def draw(name, rows):
    """One panel: each loss relative to its first smoothed value."""
    steps = [int(row["step"]) for row in rows]
    last = max(steps[-1], 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="16">{name}: losses relative to their start, {last} steps</text>',
    ]
    bottom, right = HEIGHT - ROOM, WIDTH - 90
    for share in (0, 0.5, 1):
        y = bottom - share * (bottom - TOP)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share}</text>')
    for place, (loss, colour) in enumerate(zip(LOSSES, COLOURS, strict=True)):
        values = smooth([float(row[loss]) for row in rows])
        first = values[0] or 1.0
        points = " ".join(
            f"{LEFT + step / last * (right - LEFT):.1f},"
            f"{bottom - min(value / first, 1.05) * (bottom - TOP):.1f}"
            for step, value in zip(steps, values, strict=True)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
        y = TOP + 14 + 16 * place
        parts.append(f'<text x="{right + 8}" y="{y}" fill="{colour}">{loss}</text>')
    return "\n".join([*parts, "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", required=True)
    work = Path(parser.parse_args().work)
    for name in ("table", "transformer"):
        with open(work / f"{name}.csv", newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        with finish(work / f"{name}.svg") as partial:
            partial.write_text(draw(name, rows), encoding="utf-8")


if __name__ == "__main__":
    main()
