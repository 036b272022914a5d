"""Pages of complaints: for residents in the portal, for everybody, for staff."""
