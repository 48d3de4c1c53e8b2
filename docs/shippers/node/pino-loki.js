// pino-loki, which sends in a thread of its own.
import pino from "pino";

export function loggerFor(url, key) {
  return pino(
    pino.transport({
      target: "pino-loki",
      options: {
        host: url,
        basicAuth: { username: "any", password: key },
        labels: { job: "web" },
        interval: 1,
        silenceErrors: false,
      },
    }),
  );
}
