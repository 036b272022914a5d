"""Taking residents out: any filtered list as a spreadsheet, and the exchange format that an import reads again."""
