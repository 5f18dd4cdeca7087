"""Run every benchmark and keep the tables in `benchmarks/results.md`, which the documentation quotes."""

import platform
from importlib.metadata import version
from pathlib import Path

from benchmarks import adjust, crps, dynamics, isimip, onnx, polynomial, rainfarm, startup, stochastic

RESULTS = Path(__file__).parent / "results.md"


def main() -> None:
    """Print each table as it comes; write them together at the end."""
    parts = [
        "# Benchmarks",
        f"Written by `make bench`: {platform.machine()}, Python {platform.python_version()}, NESYM {version('nesym')},"
        f" JAX {version('jax')}, NumPy {version('numpy')}. Times are seconds; read the ratios.",
    ]
    for benchmark in (startup, crps, rainfarm, onnx, adjust, isimip, dynamics, stochastic, polynomial):
        table = benchmark.run()
        print(table, end="\n\n", flush=True)
        parts.append(table.to_markdown())
    RESULTS.write_text("\n\n".join(filter(None, parts)) + "\n")
    print(f"Kept in {RESULTS}.")


if __name__ == "__main__":
    main()
