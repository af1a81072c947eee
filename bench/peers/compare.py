#!/usr/bin/env python3
"""Runs Backlight and PyTorch with Captum or lime in turn on the same weights, and writes the ratios.

    compare.py --program build-bench/bench/backlight_work [--weights F] [--readme README.md]

Each row is one piece of work; the two programs take turns (A B A B ...), each in a process of its
own, and the median of each counts. PyTorch runs in both of its layouts and the faster one counts.
With --readme, the table between the marks <!-- bench --> and <!-- /bench --> is replaced.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Name in the table, arguments of both, and arguments of the peer alone, of which the fastest counts.
ROWS = [
    ("forward, 10 photos", ["--work", "forward", "--batch", "10"], [["--layout", "nchw"], ["--layout", "nhwc"]]),
    ("forward + input gradient, 10 photos", ["--work", "input-gradient", "--batch", "10"],
     [["--layout", "nchw"], ["--layout", "nhwc"]]),
    ("SmoothGrad, 1 photo, 50 samples", ["--work", "smoothgrad", "--batch", "1", "--samples", "50"],
     [["--layout", "nchw"]]),
    ("Integrated Gradients, 1 photo, 50 steps",
     ["--work", "integrated-gradients", "--batch", "1", "--samples", "50"], [["--layout", "nchw"]]),
    ("Occlusion, 1 photo, 225 windows", ["--work", "occlusion", "--batch", "1"],
     [["--layout", layout, "--chunk", chunk] for layout in ("nchw", "nhwc") for chunk in ("1", "16")]),
    ("LIME, 1 photo, 1000 samples", ["--work", "lime", "--batch", "1", "--samples", "1000", "--chunk", "10"],
     [["--layout", "nchw"], ["--layout", "nhwc"]]),
    ("DeepSHAP, 1 photo, a background of 10", ["--work", "deepshap", "--batch", "1", "--samples", "10"],
     [["--layout", "nchw"]]),
]


def run(command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{result.stderr}")
    return json.loads(result.stdout.strip().splitlines()[-1])


def measure(row, options, weights):
    """Median seconds and largest peak of both programs over the rounds, the peer's best layout."""
    name, arguments, layouts = row
    common = ["--weights", weights, "--threads", str(options.threads), "--repeats", "1", *arguments]
    ours, theirs = [], [[] for _ in layouts]
    for _ in range(options.rounds):
        ours.append(run([options.program, *common, "--warmup", "0" if "lime" in arguments else "1"]))
        for results, layout in zip(theirs, layouts):
            warmup = "1" if arguments[1] in ("forward", "input-gradient") else "0"
            results.append(run([sys.executable, HERE / "peer.py", *common, *layout, "--warmup", warmup]))
    median = lambda results: statistics.median(r["seconds"] for r in results)
    best = min(theirs, key=median)
    row = {
        "work": name,
        "ours": median(ours),
        "peer": median(best),
        "ours_mib": max(r["peak_rss_mib"] for r in ours),
        "peer_mib": max(r["peak_rss_mib"] for r in best),
    }
    print(f"{name}: {row['ours']:.2f} s against {row['peer']:.2f} s, {row['peer'] / row['ours']:.1f} times as fast; "
          f"peak {row['ours_mib']:.0f} MiB against {row['peer_mib']:.0f} MiB", flush=True)
    return row


def table(rows, threads):
    lines = [
        f"Measured {date.today()} on {threads} threads of {processor()}, the full food CNN at 128 x 128, float32:",
        "",
        "| work | Backlight | PyTorch + Captum or lime | speed | peak memory |",
        "| --- | --- | --- | --- | --- |",
    ]
    for r in rows:
        lines.append(
            f"| {r['work']} | {r['ours']:.2f} s | {r['peer']:.2f} s | {r['peer'] / r['ours']:.1f} times | "
            f"{r['ours_mib']:.0f} against {r['peer_mib']:.0f} MiB |")
    return "\n".join(lines)


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def write_between_marks(path, text):
    page = path.read_text()
    before, rest = page.split("<!-- bench -->", 1)
    after = rest.split("<!-- /bench -->", 1)[1]
    path.write_text(f"{before}<!-- bench -->\n{text}\n<!-- /bench -->{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--weights", help="a .pth of the full food CNN; without it, one is drawn from a seed")
    parser.add_argument("--readme", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="measure only the rows whose name has this in it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        weights = options.weights
        if not weights:
            weights = str(Path(folder) / "food_cnn.pth")
            subprocess.run([sys.executable, HERE / "peer.py", "--seed", "1", "--save", weights], check=True,
                           capture_output=True)
        rows = [measure(row, options, weights) for row in ROWS if not options.only or options.only in row[0]]
    text = table(rows, options.threads)
    print("\n" + text)
    if options.readme:
        write_between_marks(options.readme, text)


if __name__ == "__main__":
    main()
