"""Training: what the programme teaches, whom, what became of it. Each part is a folder with its own manifest."""
