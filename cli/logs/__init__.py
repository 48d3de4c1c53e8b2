"""`logs`: reads the stored logs of a tenant, as the read API does, but with the operator's own credentials."""
