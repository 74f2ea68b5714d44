"""Run the code blocks of the documents as a reader would: all pages, or those named on the command line."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "project"))

from checks.doc_blocks import misnamed_blocks, pages_that_run, run_page  # noqa: E402  the path comes first


def main() -> int:
    """Exit status 1 when a block is misnamed or does not run."""
    pages = [Path(name) for name in sys.argv[1:]] or pages_that_run(ROOT)
    problems = misnamed_blocks(ROOT)
    for page in pages:
        with tempfile.TemporaryDirectory() as directory:
            problem = run_page(page, Path(directory))
        sys.stdout.write(f"{'FAILED' if problem else 'ok    '} {page}\n")
        problems += [problem] if problem else []
    sys.stderr.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
