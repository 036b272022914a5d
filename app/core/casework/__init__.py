"""What every case of a village's service has: its dated steps and its papers (letters, complaints, applications)."""
