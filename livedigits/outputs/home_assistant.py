"""How Home Assistant finds what is published over MQTT: a description of each sensor, at a place where it looks."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from livedigits import __version__
from livedigits.outputs.broker import Broker


def configurations(broker: Broker, fields: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What Home Assistant is told of each sensor: the topic and the object that stands there.

    As https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery has it. A sensor is "unknown" while its field is
    not read as its rules allow.
    """
    if not broker.discovery:
        return
    node = _slug(broker.topic)
    common = {
        "state_topic": broker.topic,
        "json_attributes_topic": broker.topic,
        "availability_topic": broker.status,
        "device": {"identifiers": [f"livedigits_{node}"], "name": f"livedigits {broker.topic}", "model": "livedigits"},
        "origin": {"name": "livedigits", "sw_version": __version__},
    }
    for name in fields:
        field = f"value_json.fields[{json.dumps(name)}]"
        template = (
            f"{{% set f = {field} %}}{{{{ (f.value if f.value is not none else f.text) "
            "if f.state in ('read', 'settled') else none }}"
        )
        attributes = f"{{{{ {field} | tojson }}}}"
        sensor = {"name": name, "value_template": template, "json_attributes_template": attributes}
        yield _configuration(broker, node, name, {**common, **sensor})
    if not fields:
        template = "{{ value_json.numbers | map(attribute='text') | join(' ') }}"
        yield _configuration(broker, node, "numbers", {**common, "name": "numbers", "value_template": template})


def _configuration(broker: Broker, node: str, name: str, sensor: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    place = f"{broker.discovery}/sensor/livedigits_{node}/{_slug(name)}/config"
    return place, {**sensor, "unique_id": f"livedigits_{node}_{_slug(name)}"}


def _slug(name: str) -> str:
    """A name of letters, digits, '_' and '-', as discovery wants them; another one for each name."""
    slug = re.sub(r"[^a-zA-Z0-9_-]", "_", name)
    return slug if slug == name else f"{slug}_{zlib.crc32(name.encode()):08x}"
