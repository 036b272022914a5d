"""Setting up on the village's own host: the wizard, going live, the first week, and how those above see them."""
