"""The local desk: a web face over `engine.workflow` for one workspace on this computer; no rule lives here.

`server` starts it, `guard` lets only this computer's own browser in, `app` is the map of the pages, `office` opens the
workspace for one visit, `uploads` and `shelf` are the only ways in and out for files, `pages/` holds one module per page.
"""
