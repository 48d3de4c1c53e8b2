"""The Pulumi program: settings → pipeline → stack outputs."""

import pulumi

from infra.capacity import Capacity
from infra.log_pipeline import LogPipeline, LogPipelineArgs
from infra.settings import Settings

settings = Settings.from_config(pulumi.Config())
pipeline = LogPipeline("logs", LogPipelineArgs(settings=settings))

if settings.auth == "none":
    pulumi.log.warn(
        "auth is none: whoever knows the URL may post as any tenant; run: pulumi config set auth api-key", pipeline
    )

pulumi.log.info(Capacity.of(settings).drain_rate(), pipeline)

pulumi.export("api_gateway_url", pipeline.url)
pulumi.export("ingest_url", pipeline.ingest_url)
pulumi.export("health_url", pipeline.health_url)
if settings.domain_name:
    pulumi.export("domain_target", pipeline.domain_target)
pulumi.export("queue_url", pipeline.queue_url)
pulumi.export("dead_letter_queue_url", pipeline.dead_letter_queue_url)
pulumi.export("table_name", pipeline.table_name)
pulumi.export("auth", settings.auth)
if settings.auth == "api-key":
    pulumi.export("key_table_name", pipeline.key_table_name)
    pulumi.export("key_usage_table_name", pipeline.key_usage_table_name)
