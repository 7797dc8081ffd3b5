"""The REST API, `/api/v1`: one module a noun lists its operations, `serving` answers them, `openapi` writes the document from them.

A handler is synchronous and works inside one transaction; it takes a `Call` that is judged already (key, scope, path, query, body)
and returns JSON-ready values or raises a Refusal.
"""
