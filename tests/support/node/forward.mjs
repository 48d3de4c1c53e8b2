// Logs each line of standard input through one of docs/shippers/node; ends once everything is sent.
import readline from "node:readline";

const [module, url, key] = process.argv.slice(2);
const { loggerFor } = await import(module);
const logger = loggerFor(url, key);
for await (const line of readline.createInterface({ input: process.stdin })) {
  logger.warn(line);
}
await new Promise((resolve) => setTimeout(resolve, Number(process.env.LINGER_MS)));
process.exit(0);
