"""Remembers what a stage's result was made with: parts of the configuration, files before it.

    python stamp.py check SCALE RESULT [SECTION | @FILE]...    exit status 0: RESULT is still valid
    python stamp.py write SCALE RESULT [SECTION | @FILE]...

A result that is no longer valid is removed. One that was brought from another machine needs its
stamp beside it.
"""

import hashlib
import json
import sys
from pathlib import Path

from corpus import load_config


def describe(scale, parts):
    """The configuration sections and the hashes of the files, as one line."""
    config = load_config(scale)
    made_with = {}
    for part in parts:
        if part.startswith("@"):
            path = Path(part[1:])
            with open(path, "rb") as stream:
                made_with[path.name] = hashlib.file_digest(stream, "sha256").hexdigest()
        else:
            made_with[part] = config[part]
    return json.dumps(made_with, sort_keys=True) + "\n"


def main():
    action, scale, result, *parts = sys.argv[1:]
    result = Path(result)
    stamp = result.with_name(f"{result.name}.stamp")
    wanted = describe(scale, parts)
    if action == "write":
        stamp.write_text(wanted, encoding="utf-8")
        return
    valid = result.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted
    if not valid and stamp.exists():
        stamp.unlink()
        result.unlink(missing_ok=True)
    sys.exit(0 if valid else 1)


if __name__ == "__main__":
    main()
