"""What makes our cold start shorter, each undone alone: scripts to run before the handler is loaded."""

from __future__ import annotations

_OURS_WITHOUT = {
    "the garbage collector left as Python sets it": "import gc, handlers; gc.set_threshold(700, 10, 10)",
    "pydantic looks for plugins": "import os; os.environ['PYDANTIC_DISABLE_PLUGINS'] = ''",
    "botocore looks for all of its services": (
        "import handlers.aws.clients as c; del c._LoaderOfOurServices.list_available_services"
    ),
    "botocore prepares to look for credentials everywhere": (
        "import botocore.session as b, handlers.aws.clients as c\n"
        "def session():\n"
        "    made = b.Session()\n"
        "    made.register_component('data_loader', c._LoaderOfOurServices())\n"
        "    return made\n"
        "c._new_session = session"
    ),
    "boto3 loaded too, and its session made": "import boto3; boto3.session.Session()",
    "the rules of the redaction loaded at the start": "import handlers.redaction.cutting",
}


def undone(script: str) -> dict[str, str]:
    """Return the script of a start with each trick undone, by what is then different."""
    return {what: f"{before}\n{script}" for what, before in _OURS_WITHOUT.items()}
