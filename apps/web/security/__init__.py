"""What guards the web: sign-in, sessions, the check of forms, headers."""
