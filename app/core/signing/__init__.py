"""Electronic signatures of a village: its certificates, PAdES in PDF files, and the national service (BSrE)."""
