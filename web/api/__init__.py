"""The archive for programs: read-only JSON and CSV under /api/v1, and the OpenAPI description of it."""
