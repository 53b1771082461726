"""Make what users install: `python dist/build.py wheel|blender|resolve [options]`, into this folder.

Each product is a module `build_NAME.py` beside this file with `add_arguments(parser)` and `run(args) -> list[Path]`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PRODUCTS = sorted(path.stem.removeprefix("build_") for path in HERE.glob("build_*.py"))


def main() -> None:
    """Build one product and name the files that were made."""
    sys.path.insert(0, str(HERE))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    products = parser.add_subparsers(dest="product", required=True)
    modules = {}
    for name in PRODUCTS:
        modules[name] = importlib.import_module(f"build_{name}")
        modules[name].add_arguments(products.add_parser(name, help=(modules[name].__doc__ or "").splitlines()[0]))
    args = parser.parse_args()
    for path in modules[args.product].run(args):
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
