"""Who is invited and takes part, and what villages do afterwards."""
