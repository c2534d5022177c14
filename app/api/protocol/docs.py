"""The API described for programs (OpenAPI 3.1), and a page to try it. The page loads nothing from elsewhere."""

import base64
import copy
import hashlib
from functools import cache
from importlib import import_module
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse

from app.api.protocol import problems
from app.api.protocol.bounds import say_bounds_of_requests
from app.api.protocol.parameters import NO_QUERY
from app.api.protocol.routers import beside
from app.db.queries.jobs import MAX_ID

OPENAPI = "/api/v1/openapi.json"
PAGE = "/api/docs"
ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}
"""Of the many files of the bundle, the two that the page needs."""

_START = """
SwaggerUIBundle({
  url: "docs/openapi.json",
  dom_id: "#page",
  deepLinking: true,
  validatorUrl: null,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
});
"""

# All addresses are relative: below a path prefix of a proxy they are below it, too.
_HTML = f"""<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Jobdeck: try the API</title>
  <link rel="icon" href="../favicon.ico">
  <link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
  <div id="page"></div>
  <script src="docs/swagger-ui-bundle.js"></script>
  <script>{_START}</script>
</body>
</html>
"""

_POLICY = "; ".join(
    (
        "default-src 'self'",
        f"script-src 'self' 'sha256-{base64.b64encode(hashlib.sha256(_START.encode()).digest()).decode()}'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


def router(app: FastAPI, *, root_path: str = "") -> APIRouter:
    """Return the routes that describe `app`, which is asked below the path `root_path`."""
    routes = beside(include_in_schema=False, dependencies=[NO_QUERY])
    document = cache(lambda: _document(app))
    servers = {"servers": [{"url": root_path}]} if root_path else {}

    @routes.get(OPENAPI)
    def openapi() -> JSONResponse:
        return JSONResponse({**document(), **servers})

    @routes.get(PAGE)
    def page() -> HTMLResponse:
        return HTMLResponse(_HTML, headers={"Content-Security-Policy": _POLICY})

    @routes.get(f"{PAGE}/openapi.json")
    def openapi_for_page() -> JSONResponse:
        return JSONResponse({**_in_3_0(document()), "openapi": "3.0.3", "servers": [{"url": "../.."}]})

    @routes.get(PAGE + "/{name}")
    def asset(name: str) -> FileResponse:
        if name not in ASSETS:
            raise HTTPException(404)
        folder = import_module("swagger_ui_bundle").swagger_ui_path  # it has no types
        return FileResponse(
            str(folder / name), media_type=ASSETS[name], headers={"Cache-Control": "public, max-age=86400"}
        )

    return routes


def _document(app: FastAPI) -> dict[str, Any]:
    """Describe the API; errors get the media type they are sent with, which FastAPI does not know."""
    described = copy.deepcopy(app.openapi())
    _mend_numbers(described)
    say_bounds_of_requests(described)
    for operations in described["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {})
                if status == "default" and "application/json" in content:
                    response["content"] = {problems.MEDIA_TYPE: content["application/json"]}
    return described


def _mend_numbers(value: Any) -> None:
    """Write whole bounds as whole numbers again: FastAPI makes each a float, which beyond 2**53 is another number."""
    if isinstance(value, list):
        for each in value:
            _mend_numbers(each)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name in ("minimum", "maximum") and isinstance(inner, float) and inner.is_integer():
                value[name] = MAX_ID if inner == float(MAX_ID) else int(inner)
            else:
                _mend_numbers(inner)


def _in_3_0(value: Any) -> Any:
    """Rewrite a description in OpenAPI 3.0 words: the bundled Swagger UI (4.15) cannot read 3.1.

    Differences: https://spec.openapis.org/oas/v3.0.3#schema-object against JSON Schema 2020-12.
    """
    if isinstance(value, list):
        return [_in_3_0(each) for each in value]
    if not isinstance(value, dict):
        return value
    schema = {key: _in_3_0(inner) for key, inner in value.items()}
    if isinstance(schema.get("anyOf"), list) and {"type": "null"} in schema["anyOf"]:
        others = [each for each in schema.pop("anyOf") if each != {"type": "null"}]
        schema |= {"nullable": True, **({"allOf": others} if len(others) == 1 else {"anyOf": others})}
    if isinstance(schema.get("examples"), list):
        schema["example"] = schema.pop("examples")[0]
    if isinstance(schema.get("const"), str | int | float):
        schema["enum"] = [schema.pop("const")]
    for limit, is_exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(is_exclusive), int | float):
            schema |= {limit: schema[is_exclusive], is_exclusive: True}
    return schema
