"""Applications of villages that want to come aboard: what was typed in step by step, and where each stands."""
