// Winston's own Http transport: one request for each log, or an array of them with `batch`.
import winston from "winston";

export function loggerFor(url, key) {
  const { hostname, port, pathname, protocol } = new URL(url);
  return winston.createLogger({
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [
      new winston.transports.Http({
        host: hostname,
        port,
        path: `${pathname.replace(/\/$/, "")}/ingest`,
        ssl: protocol === "https:",
        headers: { authorization: `Bearer ${key}` },
      }),
    ],
  });
}
