"""Events of training: when, where, who speaks, for how many, at what cost. The manifest is in `manifest`."""
