"""The plugin, as Pulumi's Python language host starts it: `python package <address of the engine>`."""

import sys
from pathlib import Path


def main() -> None:
    """Serve the package's components until Pulumi ends the process."""
    # Python looks for modules in this folder; `infra` and `package` itself lie in the one above.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from package.provider import serve

    serve(sys.argv[1:])


if __name__ == "__main__":
    main()
