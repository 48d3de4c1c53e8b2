"""The log reader: one log, as a client wrote it, becomes an envelope or is refused."""

from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handlers.logs.clock import milliseconds_now, timestamp
from handlers.logs.envelope import Envelope, LogId, Source, TenantId, fingerprint
from handlers.logs.identifiers import (
    IDEMPOTENCY_KEY_PATTERN,
    IDEMPOTENCY_KEY_RULE,
    LOG_ID_PATTERN,
    LOG_ID_RULE,
    TENANT_ID_PATTERN,
    TENANT_ID_RULE,
    derived_log_id,
    new_log_id,
    timed_log_id,
)
from handlers.logs.own_time import milliseconds_of, nanoseconds_of
from handlers.web.doors.entry import written_time
from handlers.web.refusals import Code, Refused
from handlers.web.request import Request

TIME_RULE = "seconds, milliseconds, microseconds or nanoseconds since 1970, or ISO 8601 with Z or an offset"
Moment = int | float | str

_RULES = {
    "tenant_id": TENANT_ID_RULE,
    "log_id": LOG_ID_RULE,
    "text": "a string of at least one character",
}


class _Named(BaseModel):
    """What names a log in JSON, and when it happened."""

    # Built when first asked for; only the log with a text is asked for every time.
    model_config = ConfigDict(strict=True, defer_build=True)

    tenant_id: TenantId | None = None
    log_id: LogId | None = None
    timestamp: Any = None
    time: Any = None
    at_timestamp: Annotated[Any, Field(alias="@timestamp")] = None
    date: Any = None

    def own_milliseconds(self) -> int | None:
        """Return when the log happened, since 1970; None if it does not say so in a readable way."""
        times = map(milliseconds_of, (self.timestamp, self.time, self.at_timestamp, self.date))
        return next((time for time in times if time is not None), None)


class JsonLog(_Named):
    """A log as JSON."""

    model_config = ConfigDict(strict=True, extra="forbid", defer_build=False)

    text: Annotated[str, Field(min_length=1)]
    timestamp: Annotated[Moment | None, Field(description=f"When it happened: {TIME_RULE}.")] = None
    time: Annotated[Moment | None, Field(description="The same as `timestamp`.")] = None
    at_timestamp: Annotated[Moment | None, Field(alias="@timestamp", description="The same as `timestamp`.")] = None
    date: Annotated[Moment | None, Field(description="The same as `timestamp`.")] = None

    def written_time(self) -> str | None:
        """Return when the log happened, in ISO 8601; None if it does not say.

        Raises:
            Refused: what it says is not a time, or a time that cannot be written.
        """
        times = [time for time in (self.timestamp, self.time, self.at_timestamp, self.date) if time is not None]
        if not times:
            return None
        readable = next((time for time in times if milliseconds_of(time) is not None), "")
        written = readable if isinstance(readable, str) else written_time(nanoseconds_of(readable))
        if not written:
            raise Refused(Code.INVALID_REQUEST, f"timestamp, time, @timestamp or date must be {TIME_RULE}.")
        return written


class _JsonObject(_Named):
    """What any JSON object may say about a log; anything else in it is ignored."""

    text: Annotated[str, Field(min_length=1)] = ""


_AnyLog = JsonLog | _JsonObject


class LogReader(NamedTuple):
    """Reads the logs of one request.

    Attributes:
        tenant_of_credential: the tenant that the gateway vouches for; None where none is asked for.
        tenant_of_header: the tenant that the request names; None where it names none.
        log_id_of_header: the log id that the request names; None where it names none.
        idempotency_key: missing log ids are derived from it; None if they are random.
        received_at: when the request arrived, ISO 8601 with offset.
    """

    tenant_of_credential: str | None
    tenant_of_header: str | None
    log_id_of_header: str | None
    idempotency_key: str | None
    received_at: str

    @classmethod
    def of(cls, request: Request, *, tenant_of_credential: str | None) -> "LogReader":
        """Return the reader of a request's logs.

        Raises:
            Refused: a header breaks its rule.
        """
        return cls(
            tenant_of_credential=tenant_of_credential,
            tenant_of_header=request.header_matching("x-tenant-id", TENANT_ID_PATTERN, rule=TENANT_ID_RULE),
            log_id_of_header=request.header_matching("x-log-id", LOG_ID_PATTERN, rule=LOG_ID_RULE),
            idempotency_key=request.header_matching(
                "idempotency-key", IDEMPOTENCY_KEY_PATTERN, rule=IDEMPOTENCY_KEY_RULE
            ),
            received_at=timestamp(),
        )

    def refuse_log_id_of_header(self) -> None:
        """Make sure that no header names the id of several logs at once.

        Raises:
            Refused: one does.
        """
        if self.log_id_of_header:
            raise Refused(Code.INVALID_REQUEST, "X-Log-ID names one log; give each of several a log_id of its own.")

    def read_text(self, text: str) -> Envelope:
        """Return the envelope of a text.

        Raises:
            Refused: the text is empty, or its tenant is not named or not allowed.
        """
        if not text:
            raise Refused(Code.INVALID_REQUEST, "The body is empty; send the text of the log.")
        tenant_id = self._tenant(None)
        log_id = self.log_id_of_header or self._made_log_id(tenant_id, 0)
        return self._envelope(text, source="text_upload", tenant_id=tenant_id, log_id=log_id)

    def read_json(self, written: str) -> Envelope:
        """Return the envelope of a request's one JSON object; without `text`, the object itself is the text.

        Raises:
            Refused: it breaks a rule of the contract.
        """
        log = _log_in(written)
        if not log.text and not (self.tenant_of_header or self.tenant_of_credential):
            raise _broken_rule("text")
        if self.log_id_of_header and log.log_id and self.log_id_of_header != log.log_id:
            raise Refused(Code.INVALID_REQUEST, "The header X-Log-ID and log_id in the body differ; send one of them.")
        return self._json_envelope(log, written, index=0, body_digest=fingerprint(written))

    def read_line(self, written: str, index: int, *, body_digest: str) -> Envelope:
        """Return the envelope of one JSON object among several; without `text`, the object itself is the text.

        Args:
            written: the object.
            index: its position in the request.
            body_digest: a digest of the request's whole body.

        Raises:
            Refused: it breaks a rule of the contract.
        """
        return self._json_envelope(_log_in(written), written, index=index, body_digest=body_digest)

    def _json_envelope(self, log: _AnyLog, written: str, *, index: int, body_digest: str) -> Envelope:
        tenant_id = self._tenant(log.tenant_id)
        log_id = self._log_id_of(log, tenant_id, index=index, body_digest=body_digest)
        envelope = self._envelope(log.text or written, source="json_upload", tenant_id=tenant_id, log_id=log_id)
        happened_at = log.written_time() if isinstance(log, JsonLog) else None
        # Only with a time, so that an older worker still understands every other log.
        return envelope.model_copy(update={"version": 2, "timestamp": happened_at}) if happened_at else envelope

    def _envelope(self, text: str, *, source: Source, tenant_id: str, log_id: str) -> Envelope:
        return Envelope(tenant_id=tenant_id, log_id=log_id, source=source, text=text, received_at=self.received_at)

    def _tenant(self, named_by_body: str | None) -> str:
        named = [tenant_id for tenant_id in (self.tenant_of_header, named_by_body) if tenant_id]
        if self.tenant_of_credential:
            if any(tenant_id != self.tenant_of_credential for tenant_id in named):
                raise Refused(Code.WRONG_TENANT, "The credential is another tenant's; leave the tenant out.")
            return self.tenant_of_credential
        if not named:
            raise Refused(Code.MISSING_TENANT, "Name the tenant: tenant_id in a JSON body, or the header X-Tenant-ID.")
        if named[0] != named[-1]:
            raise Refused(
                Code.TENANT_MISMATCH,
                "The header X-Tenant-ID and tenant_id in the body differ; send one of them.",
            )
        return named[0]

    def _log_id_of(self, log: _AnyLog, tenant_id: str, *, index: int, body_digest: str) -> str:
        if named := log.log_id or self.log_id_of_header:
            return named
        milliseconds = log.own_milliseconds()
        if milliseconds is None or self.idempotency_key:
            return self._made_log_id(tenant_id, index)
        return timed_log_id(
            milliseconds=milliseconds,
            tenant_id=tenant_id,
            body_digest=body_digest,
            index=index,
            now_milliseconds=milliseconds_now(),
        )

    def _made_log_id(self, tenant_id: str, index: int) -> str:
        if self.idempotency_key is None:
            return new_log_id()
        return derived_log_id(tenant_id=tenant_id, idempotency_key=self.idempotency_key, index=index)


def _log_in(written: str) -> _AnyLog:
    try:
        return JsonLog.model_validate_json(written)
    except ValidationError:
        # This error lists every extra field, perhaps a million; the next model reports three at most.
        log = _validated(written)
    if log.text:
        raise Refused(
            Code.INVALID_REQUEST,
            f"A log may hold {', '.join(_RULES)}, its time as timestamp, time, @timestamp or date ({TIME_RULE}), and"
            " nothing else.",
        )
    return log


def _validated(written: str) -> _JsonObject:
    try:
        return _JsonObject.model_validate_json(written)
    except ValidationError as error:
        raise _refusal_of(error) from None


def _refusal_of(error: ValidationError) -> Refused:
    fault: Any = error.errors(include_url=False, include_input=False)[0]
    if fault["type"] == "json_invalid":
        # The parser's own words name a line and a column, and nothing of the body.
        return Refused(Code.INVALID_JSON, f"It is not valid JSON: {fault['ctx']['error']}.")
    if not fault["loc"]:
        return Refused(Code.INVALID_REQUEST, "A log must be a JSON object with tenant_id and text.")
    return _broken_rule(str(fault["loc"][0]))


def _broken_rule(field: str) -> Refused:
    return Refused(Code.INVALID_REQUEST, f"{field} must be {_RULES[field]}.")
