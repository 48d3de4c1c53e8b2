// winston-loki, in JSON; it sends a batch again until it is taken.
import winston from "winston";
import LokiTransport from "winston-loki";

export function loggerFor(url, key) {
  const { origin, pathname } = new URL(url);
  return winston.createLogger({
    transports: [
      new LokiTransport({
        host: `${origin}${pathname.replace(/\/$/, "")}`,
        basicAuth: `any:${key}`,
        labels: { job: "web" },
        json: true,
        interval: 1,
        clearOnError: false,
        gracefulShutdown: true,
        onConnectionError: (error) => console.error(String(error)),
      }),
    ],
  });
}
