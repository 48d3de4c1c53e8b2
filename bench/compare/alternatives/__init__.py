"""The same route as ours, written as people write it with other means: validate, send to SQS, answer 202."""
