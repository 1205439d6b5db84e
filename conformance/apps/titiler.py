"""titiler: map tiles of satellite pictures (FastAPI)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

REQUIREMENTS = ("titiler.application==2.4.0",)


def asgi(folder: Path, prefix: str) -> object:
    import os

    import numpy
    import rasterio
    from rasterio.transform import from_bounds

    pixels = (numpy.arange(256 * 256 * 3) % 251).reshape(3, 256, 256).astype("uint8")
    profile = {"driver": "GTiff", "height": 256, "width": 256, "count": 3, "dtype": "uint8", "crs": "EPSG:4326"}
    bounds = from_bounds(-10, 40, 0, 50, 256, 256)
    with rasterio.open(folder / "picture.tif", "w", transform=bounds, tiled=True, **profile) as file:
        file.write(pixels)
    os.chdir(folder)
    from titiler.application.main import app

    return app


def visit(client: httpx.Client) -> None:
    for path in ("/", "/healthz", "/conformance", "/api", "/api.html", "/docs", "/missing", "/favicon.ico"):
        client.get(path)
    client.get("/", headers={"Accept": "text/html"})
    for path in ("/tileMatrixSets", "/tileMatrixSets/WebMercatorQuad", "/tileMatrixSets/missing", "/colorMaps"):
        client.get(path)
    for path in ("/colorMaps/viridis", "/colorMaps/viridis?format=png", "/algorithms", "/algorithms/hillshade"):
        client.get(path)
    for path in ("info", "info.geojson", "statistics", "bounds", "preview.png", "preview.webp", "validate", "viewer"):
        client.get(f"/cog/{path}", params={"url": "picture.tif"})
        client.head(f"/cog/{path}", params={"url": "picture.tif"})
    for path in ("info", "statistics", "preview.jpg", "point/-5,45"):
        client.get(f"/cog/{path}", params={"url": "missing.tif"})
        client.get(f"/cog/{path}")
    for path in ("tilejson.json", "map.html", "WMTSCapabilities.xml"):
        client.get(f"/cog/WebMercatorQuad/{path}", params={"url": "picture.tif"})
    for tile in ("5/15/11", "5/15/12.png", "5/15/11@2x.jpg", "5/1/1", "5/15/11.tif", "5/15/11.npy"):
        client.get(f"/cog/tiles/WebMercatorQuad/{tile}", params={"url": "picture.tif", "bidx": [1, 2, 3]})
    client.get(
        "/cog/preview.png", params={"url": "picture.tif", "expression": "b1+b2;b1*2", "rescale": ["0,255", "0,9"]}
    )
    client.get("/cog/preview.png", params={"url": "picture.tif", "bidx": 1, "colormap_name": "viridis", "max_size": 64})
    client.get("/cog/bbox/-8,42,-2,48/100x100.png", params={"URL": "picture.tif"})
    square = [[-8, 42], [-2, 42], [-2, 48], [-8, 48], [-8, 42]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [square]}}
    client.post("/cog/statistics", params={"url": "picture.tif"}, json=feature)
    client.post("/cog/feature.png", params={"url": "picture.tif"}, json=feature)
    client.post("/cog/feature.png", params={"url": "picture.tif"}, json={"type": "x"})
    client.options("/cog/info", headers={"Origin": "https://example.com", "Access-Control-Request-Method": "GET"})
