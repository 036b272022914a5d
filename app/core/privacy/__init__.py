"""Personal data at rest: keys per village (`keys`), sealed records and blind indexes (`vault`)."""
