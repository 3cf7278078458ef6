"""The best path through candidates, and the share of all paths that spell its text."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from livedigits.fields.form import UNSEEN, Form, automaton
from livedigits.recognition.automaton import DIGITS, LABELS, Automaton
from livedigits.recognition.lattice import NO_PATH, Lattice


def lattice(*columns: dict[str, float], apart: float = 0.0) -> Lattice:
    """One node a column, what it may be with which chance; each may be passed over at no cost."""
    n = len(columns)
    boxes = np.array([(20 * i, 0, 16, 30) for i in range(n)], np.float32).reshape(-1, 4)
    scores = np.full((n, len(LABELS)), -np.inf)
    for row, chances in zip(scores, columns, strict=True):
        for label, chance in chances.items():
            row[LABELS.index(label)] = np.log(chance)
    between = np.full((n + 1, n + 1), np.inf)
    between[:n, :n][np.triu_indices(n, 1)] = apart
    between[n, :n] = between[:n, n] = 0.0
    return Lattice(boxes, scores, between)


def all_paths(given: Lattice, rules: Automaton) -> dict[str, float]:
    """Each text that can be spelled, with the probability of all paths that do, by trying all."""
    found: dict[str, float] = {}
    n = len(given)
    for count in range(1, n + 1):
        for nodes in itertools.combinations(range(n), count):
            cost = sum(given.between[i, j] for i, j in itertools.pairwise(nodes))
            for labels in itertools.product(range(len(LABELS)), repeat=count):
                score = sum(given.scores[i, k] for i, k in zip(nodes, labels, strict=True)) - cost
                text = "".join(LABELS[k] for k in labels)
                if np.isfinite(score) and rules.accepts(text):
                    found[text] = found.get(text, 0.0) + float(np.exp(score))
    return found


SOME = ({"1": 0.6, "7": 0.4}, {"3": 0.5, "8": 0.45}, {"5": 0.2, "6": 0.1}, {"9": 0.9})


def test_the_best_path_spells_what_is_likeliest():
    path = lattice(*SOME).best(automaton(Form("####"), None, None))
    assert path.text == "1359" and path.nodes == (0, 1, 2, 3)
    assert path.score == pytest.approx(np.log(0.6 * 0.5 * 0.2 * 0.9))


@pytest.mark.parametrize(
    ("form", "least", "greatest", "text"),
    [
        ("##", None, None, "19"),
        ("##", 70, 79, "79"),
        ("##", 30, 40, "39"),
        ("##", 83, 88, "85"),
        ("###", 700, 760, "739"),
        ("###", 160, 170, "169"),
    ],
)
def test_rules_choose_among_all_readings_and_not_after(form, least, greatest, text):
    assert lattice(*SOME).best(automaton(Form(form), least, greatest)).text == text


def test_totals_are_those_of_all_paths_together():
    given = lattice(*SOME, apart=0.3)
    for rules in (automaton(Form("##?"), None, None), automaton(Form("##"), 35, 85), automaton(None, None, None)):
        paths = all_paths(given, rules)
        assert np.exp(given.total(rules)) == pytest.approx(sum(paths.values()))
        for text, chance in paths.items():
            assert np.exp(given.total(Automaton.of_text(text, {}))) == pytest.approx(chance)


def test_a_sign_is_read_where_it_is_seen_and_believed_where_the_form_needs_it():
    seen = lattice({"1": 0.9}, {".": 0.8}, {"5": 0.9})
    assert seen.best(automaton(Form("#.#"), None, None)).text == "1.5"
    unseen = lattice({"1": 0.9}, {"5": 0.9})
    path = unseen.best(automaton(Form("#.#"), None, None))
    assert path.text == "1.5" and path.score == pytest.approx(np.log(0.81) - UNSEEN["."])
    assert unseen.best(automaton(Form("#.?#"), None, None)).text == "15"
    assert unseen.best(automaton(Form("# kg#"), None, None)).text == "1 kg5"


def test_what_cannot_be_spelled_has_no_path():
    assert lattice({"1": 0.9}).best(automaton(Form("##"), None, None)) == NO_PATH
    assert lattice().best(automaton(Form("#"), None, None)) == NO_PATH
    assert lattice().total(automaton(Form("#"), None, None)) == -np.inf
    assert set(DIGITS) < set(LABELS)
