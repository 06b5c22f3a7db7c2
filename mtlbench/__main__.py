"""`mtlbench` and `python -m mtlbench`."""

import os
import sys

# NumPy's sums here are many and small: threads cost them more than they bring, start-up first of all.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from mtlbench.cli.app import run_command


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run_command(sys.argv[1:]))


if __name__ == "__main__":
    main()
