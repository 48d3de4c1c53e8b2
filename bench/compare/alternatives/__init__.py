"""The same route as ours, as people write it with other frameworks: validate, send to SQS, answer 202."""
