#!/usr/bin/env python3
"""Judges `wurli-train transcribe` on the performances of a folder, by mir_eval.

    python3 -m venv .venv && .venv/bin/pip install mir_eval==0.8.2 numpy
    .venv/bin/python judge_transcription.py FOLDER [--command target/release/wurli-train] [--svg docs/transcription.svg]

A note counts as found if its onset is within 50 ms and its pitch within 50 cents; with offsets, if its end is also
within 50 ms or a fifth of the note's length. Notes are pooled over the performances. An octave error is a note made
up one or two octaves from one that was struck within 50 ms; its share is of all notes found.
"""

import argparse
import json
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mir_eval
import numpy as np

ONSET_S = 0.05


def arrays(notes):
    intervals = np.array([[n["onset_s"], max(n["offset_s"], n["onset_s"] + 1e-3)] for n in notes]).reshape(-1, 2)
    pitches = np.array([440.0 * 2.0 ** ((n["midi"] - 69) / 12) for n in notes])
    return intervals, pitches


class Sums:
    def __init__(self):
        self.played = self.found = self.matched = self.ended = self.octaves = 0
        self.errors_s = []

    def row(self):
        precision = self.matched / max(self.found, 1)
        recall = self.matched / max(self.played, 1)
        both = max(self.played + self.found, 1)
        onset_ms = 1e3 * statistics.median(self.errors_s) if self.errors_s else float("nan")
        return (precision, recall, self.f1(), 2 * self.ended / both, 100 * self.octaves / max(self.found, 1), onset_ms)

    def f1(self):
        return 2 * self.matched / max(self.played + self.found, 1)


def judge(truth, found, sums_of):
    """Adds one performance; `sums_of(time)` are the sums that a note at that time belongs to."""
    played = truth["notes"]
    (ref, ref_hz), (est, est_hz) = arrays(played), arrays(found)
    matched, ended = [], set()
    if len(played) and len(found):
        matched = mir_eval.transcription.match_notes(ref, ref_hz, est, est_hz, offset_ratio=None)
        ended = mir_eval.transcription.match_notes(ref, ref_hz, est, est_hz)
    for note in played:
        for sums in sums_of(note["onset_s"]):
            sums.played += 1
    hits = {e: r for r, e in matched}
    for index, note in enumerate(found):
        octave = index not in hits and any(
            abs(note["midi"] - p["midi"]) in (12, 24) and abs(note["onset_s"] - p["onset_s"]) <= ONSET_S for p in played
        )
        # What matches counts where it was played, so that no share exceeds 1.
        for sums in sums_of(played[hits[index]]["onset_s"] if index in hits else note["onset_s"]):
            sums.found += 1
            sums.octaves += octave
    for r, e in matched:
        for sums in sums_of(played[r]["onset_s"]):
            sums.matched += 1
            sums.errors_s.append(abs(played[r]["onset_s"] - found[e]["onset_s"]))
    for r, _ in ended:
        for sums in sums_of(played[r]["onset_s"]):
            sums.ended += 1
    return matched, {r for r, _ in ended}


def polyphony(played, time_s):
    """Notes that sound at a time, those that begin within the tolerance included."""
    return sum(n["onset_s"] - ONSET_S <= time_s < n["offset_s"] for n in played)


def show(name, played, found, matched, ended):
    hit_played, hit_found = {r for r, _ in matched}, {e for _, e in matched}
    for index, note in enumerate(played):
        if index not in hit_played:
            print(f"{name} missed  {describe(note)} among {around(played, note)}")
    for index, note in enumerate(found):
        if index not in hit_found:
            print(f"{name} made up {describe(note)} among {around(played, note)}")
    for r, e in matched:
        if r not in ended:
            late_s = found[e]["offset_s"] - played[r]["offset_s"]
            print(f"{name} ended   {describe(played[r])} {late_s:+.3f} s late among {around(played, played[r])}")


def describe(note):
    return f"{note['onset_s']:.3f}–{note['offset_s']:.3f} s, {note['midi']}, velocity {note['velocity']}"


def around(played, note):
    time_s = note["onset_s"]
    struck = sorted(n["midi"] for n in played if abs(n["onset_s"] - time_s) <= ONSET_S and n is not note)
    held = sorted(n["midi"] for n in played if n["onset_s"] < time_s - ONSET_S and n["offset_s"] > time_s)
    return f"struck {struck}, held {held}"


def chart(cells, path):
    """F1 against polyphony, and against noise for each kind, as an SVG."""
    width, height, left, top = 330, 220, 50, 40
    low, high = 0.85, 1.0
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 {height + 100}" font-family="sans-serif" font-size="12">',
           f'<rect width="800" height="{height + 100}" fill="white"/>']
    colours = {"scale": "#4269d0", "repeated": "#efb118", "chords": "#ff725c", "sustained": "#3ca951", "all": "#333333"}

    def panel(x0, title, categories, lines):
        x = lambda i: x0 + (i + 0.5) * width / len(categories)
        y = lambda v: top + (high - max(v, low)) / (high - low) * height
        out.append(f'<text x="{x0}" y="{top - 18}" font-weight="bold">{title}</text>')
        for v in (0.85, 0.9, 0.95, 1.0):
            dash = ' stroke-dasharray="4 3"' if v == 0.95 else ""
            out.append(f'<line x1="{x0}" x2="{x0 + width}" y1="{y(v):.1f}" y2="{y(v):.1f}" stroke="#ddd"{dash}/>')
            out.append(f'<text x="{x0 - 6}" y="{y(v) + 4:.1f}" text-anchor="end">{v:.2f}</text>')
        for i, c in enumerate(categories):
            out.append(f'<text x="{x(i):.1f}" y="{top + height + 18}" text-anchor="middle">{c}</text>')
        for row, (name, values) in enumerate(lines):
            colour = colours[name]
            # Side by side, so that none hides another of the same height.
            aside = 12 * (row - (len(lines) - 1) / 2)
            places = [(x(i) + aside, y(v)) for i, v in enumerate(values) if v is not None]
            points = " ".join(f"{at:.1f},{height:.1f}" for at, height in places)
            out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
            out.extend(f'<circle cx="{at:.1f}" cy="{height:.1f}" r="4" fill="{colour}"/>' for at, height in places)
            out.append(f'<text x="{x0 + 70 * row}" y="{top + height + 42}" fill="{colour}">{name}</text>')

    value = lambda *key: cells[key].f1() if key in cells and cells[key].played else None
    kinds = [k for k in colours if k != "all"]
    many = sorted(key[1] for key in cells if key[0] == "polyphony")
    panel(left, "note F1 against notes sounding", many, [("all", [value("polyphony", p) for p in many])])
    noises = ["clean", "60dB", "30dB"]
    panel(left + width + 60, "note F1 against noise", noises,
          [(k, [value("kind", k, n) for n in noises]) for k in kinds])
    out.append("</svg>")
    Path(path).write_text("\n".join(out) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--command", default="wurli-train")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="list every note that was missed, made up or ended wrong")
    parser.add_argument("--svg", help="write the figures as a chart too")
    arguments = parser.parse_args()
    truths = [json.loads(path.read_text()) | {"path": path} for path in sorted(arguments.folder.glob("*.json"))]
    if not truths:
        sys.exit(f"{arguments.folder}: no performances; `lab performances` writes them")

    def transcribe(truth):
        call = [arguments.command, "transcribe", str(truth["path"].with_suffix(".wav")), "--json"]
        return json.loads(subprocess.run(call, check=True, capture_output=True).stdout)

    cells = {}
    sums = lambda *key: cells.setdefault(key, Sums())
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for truth, found in zip(truths, pool.map(transcribe, truths)):
            kind, noise, tremolo = truth["kind"], truth["noise"], "tremolo" if truth["tremolo"] else "steady"
            keys = [("all",), ("kind", kind), ("noise", noise), ("tremolo", tremolo), ("kind", kind, noise),
                    ("cell", kind, noise, tremolo)]
            of = lambda time_s: [sums(*key) for key in keys] + [
                sums("polyphony", min(max(polyphony(truth["notes"], time_s), 1), 6))]
            matched, ended = judge(truth, found, of)
            if arguments.show:
                show(truth["path"].stem, truth["notes"], found, matched, ended)

    print(f"{'':34s}{'notes':>6s}{'prec':>7s}{'recall':>7s}{'F1':>7s}{'F1 off':>7s}{'oct %':>7s}{'ms':>6s}")
    order = {"all": 0, "kind": 1, "polyphony": 2, "noise": 3, "tremolo": 4, "cell": 5}
    for key in sorted(cells, key=lambda key: (order[key[0]], len(key), str(key))):
        p, r, f, o, octaves, ms = cells[key].row()
        print(f"{' '.join(map(str, key)):34s}{cells[key].played:6d}{p:7.3f}{r:7.3f}{f:7.3f}{o:7.3f}{octaves:7.2f}{ms:6.1f}")
    worst = min((key for key in cells if key[0] == "cell"), key=lambda key: cells[key].f1())
    print(f"worst cell: {' '.join(worst[1:])}, F1 {cells[worst].f1():.3f}")
    if arguments.svg:
        chart(cells, arguments.svg)


if __name__ == "__main__":
    main()
