"""The order of the stages: collect (intake to package), conduct (plan to results), publishing, conclude (changes and ledger)."""
