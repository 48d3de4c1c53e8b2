"""What schemathesis cannot know from the description: bodies of several lines, packed ones, and names that exist."""

import gzip
import json
import re

import schemathesis
from hypothesis import strategies as st

from handlers.logs.identifiers import LOG_ID_PATTERN

TENANT = "acme"
MEDIA_TYPES_OF_LINES = {"application/x-ndjson", "application/jsonl", "application/gzip"}

_any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_log = st.fixed_dictionaries({"text": st.text(min_size=1)}, optional={"tenant_id": st.just(TENANT)})
_nearly_a_log = st.fixed_dictionaries({}, optional=dict.fromkeys(("tenant_id", "log_id", "text", "level"), _any_json))
_line = (_log | _nearly_a_log | _any_json).map(json.dumps) | st.text()
_several = st.builds(lambda log, others: [json.dumps(log), *others], _log, st.lists(_line, max_size=20))
_lines = (_several | st.lists(_line)).map("\n".join).map(lambda text: text.encode(errors="surrogatepass"))
_lines = _lines | st.binary(min_size=1)
_packed = _lines.map(gzip.compress)
_damaged = st.tuples(_packed, st.integers(0, 40)).map(lambda cut: cut[0][: -cut[1] or None])


schemathesis.openapi.media_type("application/x-ndjson", _lines | _packed, aliases=["application/jsonl"])
schemathesis.openapi.media_type("application/gzip", _packed | _damaged | st.binary())
schemathesis.openapi.media_type("application/octet-stream", st.binary() | _packed | st.text().map(str.encode))


@schemathesis.hook
def map_path_parameters(
    _context: schemathesis.HookContext, names: dict[str, object] | None
) -> dict[str, object] | None:
    """Name the credential's own tenant every other time; a request for another's logs ends at the first check."""
    if names and len(str(names["tenant_id"])) % 2:
        return names | {"tenant_id": TENANT}
    return names


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: schemathesis.Case, _arguments: dict[str, object]) -> None:
    """Let a request say what belongs together; otherwise nearly all would be refused before they are read.

    A good X-Log-ID is taken away from several logs, and a good request id of Firehose is also put into the body.
    """
    log_id = (case.headers or {}).get("X-Log-ID", "")
    are_several = case.media_type in MEDIA_TYPES_OF_LINES or isinstance(case.body, list)
    if are_several and re.fullmatch(LOG_ID_PATTERN, log_id):
        del case.headers["X-Log-ID"]
    request_id = (case.headers or {}).get("X-Amz-Firehose-Request-Id", "").strip()
    if request_id and isinstance(case.body, dict) and "requestId" in case.body:
        case.body["requestId"] = request_id
