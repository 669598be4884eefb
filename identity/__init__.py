"""Who is who: blocking keys, the Splink model, scoring, clustering, crosswalk."""
