"""What the state says: intake, parsing, revisions and validity of the policy compilation (政策汇编)."""
