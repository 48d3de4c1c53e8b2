"""Amazon Data Firehose's HTTP endpoint: one module for the protocol, one for its records, one for CloudWatch's."""
