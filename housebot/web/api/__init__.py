"""The REST API, `/api/v1`: one module a noun lists its operations, `serving` answers them, `openapi` writes the document from them.

A noun with many operations has several modules: `gifts` says how gifts look (models and examples), `gifts_new`, `gifts_found` and
`gifts_change` list what is done with them. Where two models bear one name, the document tells them apart by their modules: moving
such a model renames its schema for every client that is generated.

A handler is synchronous and works inside one transaction; it takes a `Call` that is judged already (key, scope, path, query, body)
and returns JSON-ready values or raises a Refusal.
"""
