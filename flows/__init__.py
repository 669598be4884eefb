"""When: the stages of a sync and the thin Prefect flows over them."""
