"""Write the plan of activation for `activate-steps`: what JSON says, in the form that Python reads quickest.

The program reads it at every boot, where a parser of JSON would take longer to load than most steps take.
"""

import json
import marshal
import os
from pathlib import Path

# Without references inside, so that equal plans are equal files.
FORM = 2


def encode(text: str) -> bytes:
    """The plan that the JSON `text` describes, as marshal(3) has it."""
    return marshal.dumps(json.loads(text), FORM)


if __name__ == "__main__":
    Path(os.environ["out"]).write_bytes(encode(Path(os.environ["planPath"]).read_text()))
