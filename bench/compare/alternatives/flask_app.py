"""The route with Flask behind apig-wsgi."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
from apig_wsgi import make_lambda_handler
from flask import Flask, jsonify, request

from bench.compare.alternatives.contract import Invalid, accepted, check_log, message_of, with_log_id

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

app = Flask(__name__)
sqs = boto3.client("sqs")


@app.errorhandler(Invalid)
def _invalid(error: Invalid) -> ResponseReturnValue:
    return jsonify(error=str(error)), 400


@app.post("/ingest")
def ingest() -> ResponseReturnValue:
    """Take one log."""
    if request.mimetype == "application/json":
        log, source = check_log(request.get_json()), "json_upload"
    elif request.mimetype == "text/plain":
        named = {"tenant_id": request.headers.get("X-Tenant-ID"), "text": request.get_data(as_text=True)}
        log, source = check_log(named), "text_upload"
    else:
        return jsonify(error="send JSON or text"), 415
    log = with_log_id(log)
    return jsonify(accepted(log, sqs.send_message(**message_of(log, source)))), 202


handler = make_lambda_handler(app)
