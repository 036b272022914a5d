"""Who came: checked in at the door, with or without a network.

The capability is in `manifest`, since other parts import the models.
"""
