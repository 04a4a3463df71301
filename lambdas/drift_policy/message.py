"""The e-mail about an alarm: what drifted, how much, what was done, where to look."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict
from urllib.parse import quote

from mlops.bundled import s3_json
from mlops.bundled.alarms import Alarm
from mlops.bundled.batch_summary import Finding, Predictions, Summary

_SUBJECT = 100  # SNS's limit


class State(TypedDict):
    """An alarm's state; ``reason`` in CloudWatch's words."""

    value: str
    reason: NotRequired[str]


class Detail(TypedDict):
    """Which alarm changed, and to what."""

    alarmName: str
    state: State


class Event(TypedDict):
    """EventBridge's "CloudWatch Alarm State Change", as far as it is read."""

    id: str
    time: str
    region: NotRequired[str]
    detail: Detail


_PLAYED = "This is a rehearsal: somebody has played a month on invented data ('mlops monitor simulate'). Nothing has to be done."


def subject(project: str, alarm: Alarm, latest: Summary | None, *, rehearsal: bool = False) -> str:
    """One line of ASCII."""
    predictions = latest.get("predictions") if latest else None
    found = {
        "features": _names(latest["drifted"] if latest else []),
        "predictions": _names(predictions["drifted"] if predictions else []),
        "alarm": alarm.name(project, rehearsal=rehearsal),
    }
    text = f"{'Rehearsal of ' if rehearsal else ''}{project}: {alarm.words(found)}"
    return text.encode("ascii", "replace").decode().replace("\n", " ")[:_SUBJECT]


def _names(found: Sequence[Finding]) -> str:
    return ", ".join(item["name"] for item in found)


def body(event: Event, project: str, latest: Summary | None, outcome: str, *, rehearsal: bool = False) -> str:
    """The text; ``latest`` is the newest batch's summary (None where there is none), ``outcome`` what was decided."""
    detail = event["detail"]
    parts = [
        *([_PLAYED] if rehearsal else []),
        f"Project {project}: alarm {detail['alarmName']} is in ALARM since {event['time']}.",
        f"Why: {detail['state'].get('reason', 'no reason given')}",
        *_findings(latest),
        f"Retraining: {outcome}",
        *_links(event, project, latest),
    ]
    return "\n".join(parts) + "\n"


def _findings(latest: Summary | None) -> list[str]:
    if not latest:
        return ["", "What drifted: no summary of the batch is there; see the report.", ""]
    lines = [
        "",
        f"Batch of {latest['rows']:,} rows: {latest['drifted_features']} of {latest['features']} features drifted.",
        *_scores(latest["drifted"]),
    ]
    more = latest["drifted_features"] - len(latest["drifted"])
    if more > 0:
        lines.append(f"  and {more} more")
    if latest["violations"]:
        lines += ["What breaks the constraints:", *(f"  {text}" for text in latest["violations"])]
    return [*lines, *_predictions(latest.get("predictions")), ""]


def _predictions(found: Predictions | None) -> list[str]:
    """What became of the predictions, where they have been judged already."""
    if found is None:
        return []
    verdict = "drift" if found["drifted"] else "no drift"
    return [f"Predictions: {verdict} in {found['rows']:,} of them.", *_scores(found["drifted"])]


def _scores(found: Sequence[Finding]) -> list[str]:
    return [
        f"  {item['name']}: score {item['score']:.3f} (limit {item['threshold']:g}); {item['change']}" for item in found
    ]


def _links(event: Event, project: str, latest: Summary | None) -> list[str]:
    region, alarm = event.get("region", "us-east-1"), event["detail"]["alarmName"]
    console = f"https://{region}.console.aws.amazon.com"
    lines = [f"Alarm: {console}/cloudwatch/home?region={region}#alarmsV2:alarm/{quote(alarm)}"]
    if latest:
        bucket, key = s3_json.split(latest["report_uri"])
        page = key.replace("drift_report.json", "report.html")
        lines.append(f"Report: {console}/s3/object/{bucket}?region={region}&prefix={quote(page)}")
    lines.append(f"On the command line: mlops monitor report {project}")
    return lines
