"""What does the wire look like to somebody who does not read Python? An AsyncAPI 3 document, made from the topology."""

from typing import Any

from shared.events.base import Event
from shared.events.topology import TOPOLOGY


def document(version: str) -> dict[str, Any]:
    """The AsyncAPI 3.0 document of all streams; the same topology gives the same document.

    FastStream's own document is not used: its handlers take raw bodies, so it would say "array of binary".
    """
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Newswire events",
            "version": version,
            "description": (
                "Facts on Redis Streams. One class = one stream = one version. A consumer group carries the name "
                "of its service."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {_name(event): _channel(event) for event in TOPOLOGY},
        "operations": dict(_operations()),
        "components": {"messages": {_name(event): _message(event) for event in TOPOLOGY}},
    }


def _name(event: type[Event]) -> str:
    return event.__name__


def _channel(event: type[Event]) -> dict[str, Any]:
    return {
        "address": event.stream,
        "messages": {_name(event): {"$ref": f"#/components/messages/{_name(event)}"}},
    }


def _message(event: type[Event]) -> dict[str, Any]:
    refs = f"#/components/messages/{_name(event)}/payload/$defs/{{model}}"
    schema = event.model_json_schema(mode="serialization", ref_template=refs)
    return {"name": _name(event), "summary": (event.__doc__ or "").strip().split("\n")[0], "payload": schema}


def _operations() -> list[tuple[str, dict[str, Any]]]:
    told = []
    for event, (emitters, hearers) in TOPOLOGY.items():
        for action, services in (("send", emitters), ("receive", hearers)):
            told += [
                (
                    f"{service}.{action}.{_name(event)}",
                    {"action": action, "channel": {"$ref": f"#/channels/{_name(event)}"}, "title": service},
                )
                for service in services
            ]
    return told
