"""What a field may hold: forms, bounds, and the automaton that reads both."""

from __future__ import annotations

import pytest

from livedigits.fields.form import Form, automaton, number


@pytest.mark.parametrize(
    ("form", "allowed", "refused"),
    [
        ("##?", ["1", "12"], ["", "123", "1.", "-1"]),
        ("##:##", ["12:30"], ["12.30", "1230", "12:3"]),
        ("-?#?#.#", ["-12.5", "2.5", "-2.5", "12.0"], ["12", "--2.5", "123.4", ".5"]),
        ("##/##/####", ["01/02/2026"], ["1/2/2026"]),
        ("No ##", ["No 12"], ["12", "No12"]),
        ("##,## €", ["12,50 €"], ["12.50 €"]),
    ],
)
def test_a_form_allows_what_it_says(form, allowed, refused):
    given = automaton(Form(form), None, None)
    assert [text for text in allowed if not given.accepts(text)] == []
    assert [text for text in refused if given.accepts(text)] == []


@pytest.mark.parametrize(
    ("form", "least", "greatest"),
    [
        ("-?#?##.#", -10.5, 79.9),
        ("####", 1990, 2030),
        ("##?#?", 7, 120),
        ("#.##", 0.1, 0.3),
        ("-?##", None, -5),
        ("##", 30, None),
    ],
)
def test_bounds_allow_exactly_the_values_between_them(form, least, greatest):
    given, free = automaton(Form(form), least, greatest), automaton(Form(form), None, None)
    low, high = -1e9 if least is None else least, 1e9 if greatest is None else greatest
    decimals = form.partition(".")[2].count("#")
    for sign in ("", "-"):
        for digits in range(1, 5):
            for value in range(0, 10**digits, 1 if digits < 4 else 7):
                text = str(value).zfill(digits)
                text = sign + (f"{text[:-decimals]}.{text[-decimals:]}" if decimals else text)
                assert given.accepts(text) == (free.accepts(text) and low <= float(text) <= high), text


def test_digits_without_a_form_have_bounds_too():
    given = automaton(None, 5, 120)
    assert [text for text in ("5", "07", "120", "99") if not given.accepts(text)] == []
    assert [text for text in ("4", "121", "1.5", "-7", "") if given.accepts(text)] == []


def test_no_value_between_the_bounds_is_an_error():
    with pytest.raises(ValueError, match="no value"):
        automaton(Form("##"), 100, 200)


@pytest.mark.parametrize(
    ("form", "problem"),
    [("", "empty"), ("?#", "begins with"), ("#??", "??"), ("a", "no #"), ("#\n", "cannot be written")],
)
def test_what_is_no_form_is_refused(form, problem):
    with pytest.raises(ValueError) as error:
        Form(form)
    assert problem in str(error.value)


def test_the_value_of_a_text_is_a_number_where_the_form_is_one():
    assert Form("##?").value("07") == 7 and isinstance(Form("##?").value("07"), int)
    assert Form("-?##.#").value("-12.5") == -12.5
    assert Form("#,##").value("1,25") == 1.25
    assert Form("#,###").value("1,250") is None  # it may part thousands
    assert Form("##:##").value("12:30") is None
    assert Form("No ##").value("No 12") is None
    assert number("12x") is None
