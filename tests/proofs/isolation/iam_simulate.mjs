// Answers simulations, one JSON a line, with an evaluator of IAM policies that this project did not write.
// `node iam_simulate.mjs FOLDER`, where FOLDER holds node_modules.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { resolve } from 'node:path'

const { runSimulation } = createRequire(resolve(process.argv[2], 'any.js'))('@cloud-copilot/iam-simulate')

for await (const line of createInterface({ input: process.stdin })) {
  const response = await runSimulation(JSON.parse(line), {})
  console.log(response.resultType === 'error' ? JSON.stringify(response.errors) : response.overallResult)
}
