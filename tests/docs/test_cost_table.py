"""The front page says what it costs by today's definitions and prices."""

from tests.docs import cost_table


def test_the_front_page_has_the_costs_of_today() -> None:
    """``python -m tests.docs.cost_table`` was run after the last change of a definition, a template or a price."""
    text = cost_table.PAGE.read_text()
    assert text.count(cost_table.BEGIN) == text.count(cost_table.END) == 1
    assert cost_table.between(text)[1] == cost_table.render()
