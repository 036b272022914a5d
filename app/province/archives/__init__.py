"""Everything of one village as one sealed archive, and back into another deployment."""
