"""The page about monitoring lists the alarms that there are."""

from tests.docs import alarm_table


def test_the_page_lists_the_alarms_that_there_are() -> None:
    """``python -m tests.docs.alarm_table`` was run after the last change of an alarm."""
    text = alarm_table.PAGE.read_text()
    assert text.count(alarm_table.BEGIN) == text.count(alarm_table.END) == 1
    assert alarm_table.between(text)[1] == alarm_table.render()
