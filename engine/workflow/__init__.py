"""The order of the stages: collect (intake to package), conduct (plan to results), conclude (publish to ledger)."""
