"""Where Home Assistant finds sensors, and by which names."""

from __future__ import annotations

from livedigits.outputs.broker import Broker
from livedigits.outputs.home_assistant import configurations


def test_names_that_discovery_allows_stay_and_others_become_names_of_their_own() -> None:
    broker = Broker("localhost", 1883, False, "Desk-1_a", "ha")
    told = dict(configurations(broker, ["Zähler_9", "Home-A_1", "Home A", "Home_A"]))
    places = [place.split("/") for place in told]
    assert all(place[:3] == ["ha", "sensor", "livedigits_Desk-1_a"] and place[4:] == ["config"] for place in places)
    names = [place[3] for place in places]
    assert names[1] == "Home-A_1" and names[3] == "Home_A"
    assert names[0].startswith("Z_hler_9_") and names[2].startswith("Home_A_")
    assert [each["name"] for each in told.values()] == ["Zähler_9", "Home-A_1", "Home A", "Home_A"]
    assert [each["unique_id"] for each in told.values()] == [f"livedigits_Desk-1_a_{name}" for name in names]


def test_a_broker_without_discovery_is_told_of_nothing() -> None:
    assert not list(configurations(Broker("localhost", 1883, False, "desk", ""), ["home"]))
