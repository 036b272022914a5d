"""The kiosk in the hall: a paired screen on which residents ask for frequent letters, with NIK or card, and PIN."""
