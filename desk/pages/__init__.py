"""One module per page: each function takes a visit, calls a verb or reads the store, and shows what it got."""
