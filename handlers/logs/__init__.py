"""What a log is: envelope, record, parts, identifiers, outcome; it knows neither AWS nor HTTP."""
