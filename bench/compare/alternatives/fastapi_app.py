"""The route with FastAPI behind Mangum."""

from __future__ import annotations

from typing import Annotated

import boto3
from fastapi import FastAPI, HTTPException, Request
from mangum import Mangum
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bench.compare.alternatives.contract import LOG_ID, TENANT_ID, accepted, message_of, with_log_id


class Log(BaseModel):
    """A log as the contract describes it."""

    model_config = ConfigDict(strict=True, extra="forbid")

    tenant_id: Annotated[str, Field(pattern=f"^{TENANT_ID.pattern}$")]
    log_id: Annotated[str, Field(pattern=f"^{LOG_ID.pattern}$")] | None = None
    text: Annotated[str, Field(min_length=1)]


app = FastAPI()
sqs = boto3.client("sqs")


@app.post("/ingest", status_code=202)
async def ingest(request: Request) -> dict[str, str]:
    """Take one log."""
    media_type = request.headers.get("content-type", "").partition(";")[0]
    body = await request.body()
    try:
        if media_type == "application/json":
            checked, source = Log.model_validate_json(body), "json_upload"
        elif media_type == "text/plain":
            named = {"tenant_id": request.headers.get("x-tenant-id"), "text": body.decode()}
            checked, source = Log.model_validate(named), "text_upload"
        else:
            raise HTTPException(415, "send JSON or text")
    except ValidationError as error:
        raise HTTPException(400, error.errors(include_input=False)) from None
    log = with_log_id(checked.model_dump())
    return accepted(log, sqs.send_message(**message_of(log, source)))


handler = Mangum(app, lifespan="off")
