"""The promise of service: working days, measured times, and the page that says both."""
