"""Made-up customers: who they truly are, and how three systems came to hold dirty copies of them."""
