"""GeoJSON: of a collection of features (RFC 7946, section 3.3) each feature as one object."""

_OTHERS = ("id", "bbox", "geometry")


def feature_rows(objects: str) -> str:
    """Return what the engine reads the features of collections from, as objects in a column `json`.

    Each has the properties of its feature, then what else this has; under another name, as `feature.id`, where a
    property has that. What is no collection, or no feature, is a row `null`, which is no object.

    Args:
        objects: what it reads the collections from, in a column `json`.
    """
    parts = ["nullif(substr(properties, 2, length(properties) - 2), '')"]
    parts += [
        f"""'"' || CASE WHEN list_contains(json_keys(properties), '{name}') THEN 'feature.' ELSE '' END
            || '{name}":' || (feature->'$.{name}')"""
        for name in _OTHERS
    ]
    features = f"""SELECT unnest(CASE WHEN json->>'$.type' = 'FeatureCollection'
            AND json_type(json, '$.features') = 'ARRAY' THEN (json->'$.features')::JSON[] ELSE [NULL] END) AS feature
        FROM {objects}"""
    asked = f"""SELECT feature, CASE json_type(feature, '$.properties')
            WHEN 'OBJECT' THEN (feature->'$.properties')::VARCHAR WHEN 'NULL' THEN '{{}}' END AS properties
        FROM ({features})"""
    filled = f"list_filter([{', '.join(parts)}], lambda part: part IS NOT NULL)"
    return f"""(SELECT CASE WHEN properties IS NULL THEN 'null'
            ELSE '{{' || array_to_string({filled}, ',') || '}}' END::JSON AS json FROM ({asked}))"""
