"""YAML as people write it into forms and requests: read strictly."""

import re
from collections import Counter
from typing import Any

import yaml

from workers.errors import InvalidInput

_MOST_INTEGER = 2**64


class _StrictLoader(yaml.SafeLoader):
    """Plain data that the database can hold, each key once, no aliases, and 3e-4 is a number as in YAML 1.2."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):  # a few aliases of aliases fill the memory
            raise InvalidInput("aliases (*name) are not allowed")
        node: yaml.Node | None = super().compose_node(parent, index)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        if twice := [key for key, times in keys.items() if times > 1]:
            raise InvalidInput(f"line {node.start_mark.line + 1}: {twice[0]} is given twice")
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        value = super().construct_scalar(node)
        if isinstance(value, str) and ("\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value)):
            raise InvalidInput(f"line {node.start_mark.line + 1}: a text holds a NUL or half of a surrogate pair")
        return value

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        number: int = super().construct_yaml_int(node)
        if abs(number) > _MOST_INTEGER:
            raise InvalidInput(f"line {node.start_mark.line + 1}: a whole number does not fit into 64 bits")
        return number


_StrictLoader.add_constructor("tag:yaml.org,2002:int", _StrictLoader.construct_yaml_int)
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def read_yaml(text: str, *, longest: int) -> dict[str, Any]:
    """Return the keys and values of a YAML text, or of a JSON one, which is YAML too.

    Raises:
        InvalidInput: too long, nested too deep, not YAML, or no mapping.
    """
    if len(text) > longest:
        raise InvalidInput(f"the specification is longer than {longest} characters")
    try:
        data = yaml.load(text, _StrictLoader)
    except yaml.MarkedYAMLError as error:
        place = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise InvalidInput(f"{place}not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:  # a number of 5,000 digits is a ValueError
        raise InvalidInput(f"not YAML: {error}") from error
    except RecursionError as error:
        raise InvalidInput("the specification is nested too deep") from error
    if not isinstance(data, dict):
        raise InvalidInput("the specification is not a list of `key: value` lines")
    return data
