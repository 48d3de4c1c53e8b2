"""The pipeline as a Pulumi package: for programs in Python, TypeScript, Go, YAML and every other language of Pulumi."""
