SIGNING_SECRET = "q8Zr5VtXw2Jm7LkP4sYd"
SESSION = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJub2JvZHkiLCJwdXJwb3NlIjoiYSBwYWdlIn0.bm90LWEtc2lnbmF0dXJlLWp1c3QtYS1wYWdl"
MAPS = "p7Rk2VbXn9Lw4TzQ8mJc"  # ci-guard: ignore[secrets/assigned-secret] never reached: its name says nothing
UPLOAD_TOKEN = "h3Gf8WqYs6Dk1NvB5xMt"  # ci-guard: ignore[secrets/assigned-secret] revoked, kept for the log
