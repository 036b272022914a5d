"""Where a village is found: its address below our own host, addresses it has left, and domains of its own."""

from app.core.addresses import services as services
