"""The OpenAPI description of the pipeline's HTTP interface; `python -m docs.openapi` writes it to docs/openapi.json."""
