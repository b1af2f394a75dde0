"""What a person can do, each verb once: `verb(ctx, request) -> result`.

Belongs here: typed functions that check that the actor may, and then call the layers below. The command line and the
desk only parse and present.
"""
