"""How a village comes aboard: applying, deciding, inviting, many at once, and setting up on its own host."""
