"""What the measures on the pages mean, in a sentence each."""

from mlops.pages.page import Html, element, facts

MEANINGS = {
    "AUC": (
        "How often the model gives the higher probability to the one of two, of whom one has stopped and one "
        "has not: 0.5 is a coin, 1.0 is never wrong. It says nothing about whether the probabilities "
        "themselves are right."
    ),
    "Brier": (
        "Mean squared difference of probability and outcome (0 or 1): 0 is perfect. It depends on how common "
        "stops are, so only figures of the same rows can be compared."
    ),
    "calibration error": (
        "Of rows with a probability of 30 %, 30 % should stop: the mean distance from that, over groups of "
        "equal probability. 0.01 is one percentage point."
    ),
    "calibration slope": (
        "1.0 where high probabilities are as much too high as low ones too low; below 1 the model is too sure "
        "of itself."
    ),
    "observed / expected": (
        "Stops that were seen over stops that the probabilities add up to: 1.0 is right, 1.2 is a fifth more "
        "than expected."
    ),
    "due": (
        "Rows whose supply ends within 30 days: those for whom a decision to refill falls into the time that "
        "is predicted."
    ),
    "conformal set": (
        "The answers that cannot be ruled out at the promised error rate: stop, continue, or both where the "
        "model does not know."
    ),
    "expected quality (CBPE)": (
        "AUC, Brier score and share of stops as they would be if the probabilities are right: no outcome is "
        "needed, and a change of what the inputs lead to is not seen."
    ),
    "drift": (
        "The distribution of a column, or of the probabilities, is another one than when the model was made: "
        "larger than a limit, and more than chance explains."
    ),
}


def explained(*names: str) -> Html:
    """The meanings of these words, for whoever opens them."""
    return element(
        "details", element("summary", "What the words mean"), facts((name, MEANINGS[name]) for name in names)
    )
