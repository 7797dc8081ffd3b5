"use strict";

// Keys are asked for anew on each visit: a shared browser keeps none. Nothing is asked of any other host (no validator).
SwaggerUIBundle({
  dom_id: "#operations",
  url: "openapi.json",
  validatorUrl: null,
  persistAuthorization: false,
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  syntaxHighlight: { activated: true },
});
