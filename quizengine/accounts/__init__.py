"""Who is here: organisations, accounts, roles, classes and sign-in sessions."""
