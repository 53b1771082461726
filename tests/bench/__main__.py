"""`python -m tests.bench [NAME ...]`: run benchmarks by name, or all of them, and print their tables.

A benchmark is a module beside this one with a `main()`; its first line says what it measures.
"""

import importlib
import sys
from pathlib import Path


def names() -> list[str]:
    """Every benchmark in this folder."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


def main(chosen: list[str]) -> int:
    """Run the chosen benchmarks, or all."""
    unknown = sorted(set(chosen) - set(names()))
    if unknown:
        print(f"no benchmark is called {unknown[0]!r}; choose from {', '.join(names())}", file=sys.stderr)
        return 2
    for name in chosen or names():
        module = importlib.import_module(f"tests.bench.{name}")
        print(f"\n{name}: {(module.__doc__ or '').partition(chr(10))[0]}")
        module.main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
