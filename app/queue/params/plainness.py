"""Which types leave a value as it is, and by which keys a model is read: what an author wrote about a field."""

from typing import Any

from pydantic import AliasChoices, AliasPath, BaseModel, StringConstraints
from pydantic.fields import FieldInfo

_PLAIN_CONFIG = {
    *("title", "json_schema_extra", "frozen", "protected_namespaces", "use_attribute_docstrings", "validate_default"),
    *("str_strip_whitespace", "str_max_length", "str_min_length", "allow_inf_nan", "hide_input_in_errors"),
}
"""What a model's config may say without a change to a value that is read a second time."""


def is_plain_mark(mark: Any) -> bool:
    """Say whether a mark of a type (what stands in `Annotated`) leaves a value as it is."""
    if isinstance(mark, FieldInfo):
        is_renamed = mark.alias is not None or mark.validation_alias is not None
        return not is_renamed and not mark.exclude and all(map(is_plain_mark, mark.metadata))
    return isinstance(mark, StringConstraints) or not hasattr(mark, "__get_pydantic_core_schema__")


def is_plain_model(model: type[BaseModel]) -> bool:
    """Say whether no code of the author runs when a model is made, and no option of it changes a value."""
    decorators = model.__pydantic_decorators__
    has_code = any(
        (
            decorators.validators,
            decorators.field_validators,
            decorators.root_validators,
            decorators.model_validators,
            decorators.field_serializers,
            decorators.model_serializers,
            model.__private_attributes__,
            model.__init__ is not BaseModel.__init__,
            model.model_post_init is not BaseModel.model_post_init,
            model.__get_pydantic_core_schema__.__func__ is not BaseModel.__get_pydantic_core_schema__.__func__,  # type: ignore[attr-defined]  # it is a class method
        )
    )
    config = dict(model.model_config)
    return (
        not has_code and config.pop("extra", "ignore") in ("ignore", "forbid", None) and config.keys() <= _PLAIN_CONFIG
    )


def keys_of(model: type[BaseModel], name: str) -> list[str]:
    """Return the keys under which a model reads a field: its name, or what the author wrote instead."""
    alias, config = model.model_fields[name].validation_alias, model.model_config
    by_name = alias is None or config.get("populate_by_name") or config.get("validate_by_name")
    others = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return [*([name] if by_name else []), *(key for key in others if isinstance(key, str))]


def key_of(model: type[BaseModel], name: str) -> str:
    """Return the key under which a value of a model's field is given."""
    return keys_of(model, name)[0]


def is_read_by_place(model: type[BaseModel], name: str) -> bool:
    """Say whether a model looks for a field inside another value (`AliasPath`), where no form and no check finds it."""
    alias = model.model_fields[name].validation_alias
    others = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return any(isinstance(one, AliasPath) for one in others)
