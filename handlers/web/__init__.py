"""HTTP in and out: from requests to envelopes, from outcomes to responses, and the codes of refusals."""
