"""The query protocols of STS and EC2: a form of dotted names in, XML out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.message import Request, Response

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

    from drs_tui.simulator.neighbours.modelled import Answer

Tree = dict[str, Any]
"""A form with its dotted names taken apart: a text, or a tree by the next part of the name."""

_ENVELOPE = {"Action", "Version"}
_TRUTH = {"true": True, "false": False, "1": True, "0": False}


class QueryForm:
    """The query protocol, as STS speaks it."""

    unknown_operation = "InvalidAction"
    unbuilt_operation = "UnsupportedOperation"
    invalid_input = "ValidationError"
    malformed_input = "MalformedInput"
    statuses: Mapping[str, int] = {"AccessDenied": 403, "InternalFailure": 500, "Throttling": 400}
    """HTTP codes of errors, where they are not 400."""

    def read(self, request: Request, model: OperationModel) -> dict[str, Any]:
        """The form's fields, as the input shape has them."""
        tree = self._tree(field for field in _fields(request) if field[0] not in _ENVELOPE)
        read: dict[str, Any] = self._value(tree, model.input_shape, "") if tree else {}
        return read

    def write(self, answer: Answer, model: OperationModel, request_id: str) -> Response:
        """An answer, wrapped in a result."""
        members = written(model.output_shape, answer)
        return _document(
            f'<{model.name}Response xmlns="{model.metadata["xmlNamespace"]}">'
            f"<{model.name}Result>{members}</{model.name}Result>"
            f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
            f"</{model.name}Response>"
        )

    def field_name(self, member: str, shape: Shape) -> str:
        """What a structure's member is called in the form."""
        name: str = shape.serialization.get("name", member)
        return name

    def _tree(self, fields: Iterable[tuple[str, str]]) -> Tree:
        tree: Tree = {}
        for name, text in fields:
            *path, last = name.split(".")
            branch = tree
            for part in path:
                branch = branch.setdefault(part, {})
                if not isinstance(branch, dict):
                    raise self._malformed(name, text)
            if last in branch:
                raise self._malformed(name, text)
            branch[last] = text
        return tree

    def _value(self, given: Any, shape: Shape, path: str) -> Any:
        match shape.type_name:
            case "structure":
                return self._structure(self._branch(given, path), shape, path)
            case "list":
                return self._list(self._branch(given, path), shape, path)
            case _ if isinstance(given, dict):
                raise self._malformed(path, "several values")
            case "boolean":
                if given.lower() not in _TRUTH:
                    raise self._malformed(path, given)
                return _TRUTH[given.lower()]
            case "integer" | "long":
                try:
                    return int(given)
                except ValueError:
                    raise self._malformed(path, given) from None
            case _:
                return given

    def _structure(self, tree: Tree, shape: Shape, path: str) -> dict[str, Any]:
        members = {
            self.field_name(name, member): (name, member) for name, member in shape.members.items()
        }
        found = {}
        for field, given in tree.items():
            where = f"{path}.{field}" if path else field
            if field not in members:
                raise self.unknown_field(where)
            name, member = members[field]
            found[name] = self._value(given, member, where)
        return found

    def unknown_field(self, field: str) -> ApiError:
        """What is said about a field that the operation doesn't have."""
        return ApiError(self.malformed_input, f"Unexpected field {field}")

    def _list(self, tree: Tree, shape: Shape, path: str) -> list[Any]:
        tree = self.list_items(tree, shape, path)
        if not all(index.isdecimal() for index in tree):
            raise self._malformed(path, ", ".join(tree))
        ordered = sorted(tree.items(), key=lambda item: int(item[0]))
        return [self._value(given, shape.member, f"{path}.{index}") for index, given in ordered]

    def list_items(self, tree: Tree, shape: Shape, path: str) -> Tree:
        """A list's items by their index: one level down unless the list is flat."""
        if shape.serialization.get("flattened"):
            return tree
        item = shape.member.serialization.get("name", "member")
        if set(tree) != {item}:
            raise self._malformed(path, ", ".join(tree))
        return self._branch(tree[item], path)

    def _branch(self, given: Any, path: str) -> Tree:
        if not isinstance(given, dict):
            raise self._malformed(path, given)
        return given

    def _malformed(self, field: str, text: str) -> ApiError:
        return ApiError(self.malformed_input, f"Invalid value '{text}' for {field}")


class Ec2Form(QueryForm):
    """EC2's own kind of the query protocol: flat lists, and no result around an answer."""

    invalid_input = "InvalidParameterValue"
    malformed_input = "InvalidParameterValue"
    statuses: Mapping[str, int] = {
        "AuthFailure": 401,
        "DryRunOperation": 412,
        "InternalError": 500,
        "RequestLimitExceeded": 503,
        "UnauthorizedOperation": 403,
        "Unavailable": 503,
    }

    def read(self, request: Request, model: OperationModel) -> dict[str, Any]:
        """The form's fields, none of the required ones missing."""
        parameters = super().read(request, model)
        for name in model.input_shape.required_members:
            if name not in parameters:
                raise ApiError("MissingParameter", f"The request must contain the parameter {name}")
        return parameters

    def write(self, answer: Answer, model: OperationModel, request_id: str) -> Response:
        """An answer, beside its request id."""
        members = written(model.output_shape, answer)
        return _document(
            f'<{model.name}Response xmlns="{model.metadata["xmlNamespace"]}/">'
            f"<requestId>{request_id}</requestId>{members}</{model.name}Response>"
        )

    def field_name(self, member: str, shape: Shape) -> str:
        """The member's query name, else its name on the wire with a capital."""
        if "queryName" in shape.serialization:
            name: str = shape.serialization["queryName"]
            return name
        name = shape.serialization.get("name", member)
        return name[:1].upper() + name[1:]

    def unknown_field(self, field: str) -> ApiError:
        """EC2 has a code of its own for it."""
        return ApiError("UnknownParameter", f"The parameter {field} is not recognized")

    def list_items(self, tree: Tree, _shape: Shape, _path: str) -> Tree:
        """Every list is flat."""
        return tree


def written(shape: Shape, value: Mapping[str, Any]) -> str:
    """A structure's members in XML; one that the model lacks is a KeyError."""
    parts: list[str] = []
    _write_members(parts, shape, value)
    return "".join(parts)


def _write_members(parts: list[str], shape: Shape, value: Mapping[str, Any]) -> None:
    members = shape.members
    for name, member in value.items():
        member_shape = members[name]
        _write(parts, member_shape.serialization.get("name", name), member_shape, member)


def _write(parts: list[str], name: str, shape: Shape, value: Any) -> None:
    parts.append(f"<{name}>")
    if shape.type_name == "structure":
        _write_members(parts, shape, value)
    elif shape.type_name == "list":
        item = shape.member.serialization.get("name", "member")
        for each in value:
            _write(parts, item, shape.member, each)
    else:
        parts.append(_text(value))
    parts.append(f"</{name}>")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return escape(str(value), quote=False)


def _document(root: str) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{root}'
    return Response(200, {"Content-Type": "text/xml;charset=UTF-8"}, text.encode())


def _fields(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
