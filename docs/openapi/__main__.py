"""`python -m docs.openapi`: write the description to its file."""

import sys

from docs.openapi.description import FILE, as_text, description

FILE.write_text(as_text(description()))
sys.stdout.write(f"wrote {FILE.name}\n")
