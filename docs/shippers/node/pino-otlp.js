// pino-opentelemetry-transport, over HTTP with protobuf.
import pino from "pino";

export function loggerFor(url, key) {
  return pino(
    pino.transport({
      target: "pino-opentelemetry-transport",
      options: {
        serviceVersion: "1.0.0",
        resourceAttributes: { "service.name": "web" },
        logRecordProcessorOptions: {
          recordProcessorType: "batch",
          exporterOptions: {
            protocol: "http/protobuf",
            protobufExporterOptions: { url: `${url}/v1/logs`, headers: { authorization: `Bearer ${key}` } },
          },
        },
      },
    }),
  );
}
