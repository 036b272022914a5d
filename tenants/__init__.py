"""The tenancy engine: knows schemas, hosts and jobs; knows nothing of villages' work."""
