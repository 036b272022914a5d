"""Finding and looking at residents and households: filters, lists, pages, the card sheet."""
