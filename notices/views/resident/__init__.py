"""The household's page, behind its secret link: no session, no cookie before a tap."""
