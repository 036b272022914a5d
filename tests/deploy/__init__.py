"""What is installed: units, manifests, settings, read as their programs read them."""
