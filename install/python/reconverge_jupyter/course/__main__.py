"""`python -m reconverge_jupyter.course`: what `reconverge export` and `reconverge grade` call."""

import argparse
import sys
from pathlib import Path

from . import Trouble, Wrong


def main(words=None):
    parser = argparse.ArgumentParser(prog="reconverge", description="Course material from notebooks.")
    commands = parser.add_subparsers(dest="command", required=True)
    export = commands.add_parser("export", help="notebooks as course material")
    export.add_argument("source", type=Path)
    forms = ["html", "slides", "pdf", "site", "scorm", "cc", "student", "key", "ipynb"]
    export.add_argument("--to", required=True, choices=forms)
    export.add_argument("--out", type=Path, default=Path())
    export.add_argument("--timeout", type=int, default=120)
    export.add_argument("--stored", action="store_true")
    export.add_argument("--instructor", action="store_true")
    export.add_argument("--live", action="store_true")
    grade = commands.add_parser("grade", help="what students handed in")
    grade.add_argument("submissions", type=Path)
    grade.add_argument("--against", required=True, type=Path)
    for form in ("--json", "--csv", "--junit"):
        grade.add_argument(form, type=Path)
    grade.add_argument("--timeout", type=int, default=30)
    grade.add_argument("--memory", type=int, default=2048)
    arguments = parser.parse_args(words)
    try:
        if arguments.command == "export":
            from .export import export as carry_out
        else:
            from .grade import grade as carry_out
        return carry_out(arguments)
    except Trouble as trouble:
        print(f"reconverge: {trouble}", file=sys.stderr)
        return 2
    except Wrong as wrong:
        print(f"not as expected: {wrong}", file=sys.stderr)
        return 1
    except OSError as error:
        # Templates that are not found are such errors too, and are ours.
        if error.filename is None:
            raise
        print(f"reconverge: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("reconverge: stopped", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
